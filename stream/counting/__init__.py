"""Scored documents into Redis, closed windows and alerts out of it."""
