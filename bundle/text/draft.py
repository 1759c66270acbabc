"""A text on its way to being clean, and each step of the way back."""

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from re import Pattern

# Where a part starts and ends, and what stands there instead.
Edit = tuple[int, int, str]

# An edit by where it stands after it and before it: start, end, former start, former end.
_Move = tuple[int, int, int, int]
_START = itemgetter(0)


class Draft:
    """`text` as it is by now; `steps` are the edits that made it, in order."""

    __slots__ = ("steps", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[list[_Move]] = []

    def replace(self, edits: Iterable[Edit]) -> None:
        """Make `edits`, which come in order, do not overlap and replace at least one character."""
        text = self.text
        parts: list[str] = []
        moves: list[_Move] = []
        position = at = 0
        for start, end, new in edits:
            parts += (text[position:start], new)
            at += start - position
            moves.append((at, at + len(new), start, end))
            at += len(new)
            position = end
        if moves:
            parts.append(text[position:])
            self.text = "".join(parts)
            self.steps.append(moves)

    def replace_each(self, pattern: Pattern[str], new: str) -> None:
        """Put `new` in place of each match of `pattern`."""
        self.replace((*match.span(), new) for match in pattern.finditer(self.text))


def origin(moves: list[_Move], start: int, end: int) -> tuple[int, int]:
    """Where `start` to `end` (exclusive) of a text stood before the edits of one step."""
    return _former(moves, start)[0], _former(moves, end - 1)[1]


def _former(moves: list[_Move], position: int) -> tuple[int, int]:
    index = bisect_right(moves, position, key=_START) - 1
    if index < 0:
        return position, position + 1
    _, end, former_start, former_end = moves[index]
    if position < end:
        return former_start, former_end
    return position - end + former_end, position - end + former_end + 1
