"""How many records were fuzzed, by what became of them."""

from collections import Counter

FUZZED: Counter[str] = Counter()
