"""Kafka topics in, scores, windows and alerts out."""
