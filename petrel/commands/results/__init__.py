"""Commands that show or judge what workers have written, and one that judges a plain series."""
