"""What a head predicts of a text, as a set of what it found beside what it should have found."""

from typing import NamedTuple

from bundle.tokens import Tokens

# A class and where it was found: nowhere in particular, or the first and last + 1 token.
Found = tuple[str, int, int]


class Decision(NamedTuple):
    """One head on one text.

    `confidence` is the probability given to what is wrong in it, where several things are to the
    likeliest of them; of a decision that is right it is that of its least likely part.
    """

    predicted: frozenset[Found]
    wanted: frozenset[Found]
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return self.predicted == self.wanted


def described(found: frozenset[Found], tokens: Tokens) -> str:
    """What was found in the text of `tokens`, in words."""
    return ", ".join(_named(tokens, *entry) for entry in sorted(found)) or "none"


def _named(tokens: Tokens, name: str, first: int, last: int) -> str:
    if first == last:
        return name
    start, end = tokens.offsets[first][0], tokens.offsets[last - 1][1]
    return f"{tokens.reading.text[start:end]} ({name})"
