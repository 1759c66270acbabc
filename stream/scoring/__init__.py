"""A record in: decoded, matched, joined to its near-duplicates, batched, scored."""
