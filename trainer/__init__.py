"""Labelled text in, a model bundle out."""
