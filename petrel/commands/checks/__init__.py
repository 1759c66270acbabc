"""The commands that look at what is yours before a worker does: `sources` and `watchlist`."""
