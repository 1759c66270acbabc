"""Labelled files as examples: read, joined, split, tokenised."""
