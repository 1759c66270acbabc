"""Commands that show what workers have written."""
