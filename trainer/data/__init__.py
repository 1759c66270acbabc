"""Labelled files as examples: read, merged, corrected and split."""
