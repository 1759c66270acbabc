"""Many patterns looked for at once, in time that depends on the text alone."""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

# The library lets no other thread run while it builds: so many patterns take it a quarter of a
# second, a million all at once would take several.
_AT_ONCE = 100_000


class Automaton:
    """Finds patterns in a text; `patterns` must be distinct and not empty."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._first = _built(patterns[:_AT_ONCE])
        self._others = [
            (first, _built(patterns[first : first + _AT_ONCE]))
            for first in range(_AT_ONCE, len(patterns), _AT_ONCE)
        ]

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """The number of each pattern in `text` with its start and end, overlapping ones too."""
        matches = self._first.find_matches_as_indexes(text, overlapping=True)
        for first, part in self._others:
            found = part.find_matches_as_indexes(text, overlapping=True)
            if found:
                matches += [(first + number, start, end) for number, start, end in found]
        return matches


def _built(patterns: Sequence[str]) -> AhoCorasick:
    return AhoCorasick(patterns, store_patterns=False)
