"""A text on its way to being clean, and each step of the way back."""

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from re import Pattern

# Where a part starts and ends, and what stands there instead.
Edit = tuple[int, int, str]

# An edit by where it stands after it and before it: start, end, former start, former end.
_Move = tuple[int, int, int, int]
_START, _FORMER_START = itemgetter(0), itemgetter(2)


class Draft:
    """`text` as it is by now; `steps` are the edits that made it, in order.

    `breaks` are those among them of which each took out what parts its two sides; `head` is what
    was taken off at the beginning, as it came.
    """

    __slots__ = ("_original", "breaks", "head", "steps", "text")

    def __init__(self, text: str) -> None:
        self._original = self.text = text
        self.head = ""
        self.steps: list[list[_Move]] = []
        self.breaks: list[int] = []

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

    def part(self, edits: Iterable[Edit]) -> None:
        """Make `edits`, whose two sides do not belong together."""
        before = len(self.steps)
        self.replace(edits)
        if len(self.steps) > before:
            self.breaks.append(before)

    def take_head(self, end: int) -> None:
        """Put a space for all that stands before `end`."""
        former = end
        for moves in reversed(self.steps):
            _, former = origin(moves, 0, former)
        self.head = self._original[:former]
        self.replace([(0, end, " ")])

    def replace_each(self, pattern: Pattern[str], new: str) -> None:
        """Put `new` in place of each match of `pattern`."""
        self.replace((*match.span(), new) for match in pattern.finditer(self.text))


def origin(moves: list[_Move], start: int, end: int) -> tuple[int, int]:
    """Where `start` to `end` (exclusive) of a text stood before the edits of one step."""
    return _former(moves, start)[0], _former(moves, end - 1)[1]


def current(moves: list[_Move], position: int) -> int:
    """Where `position` of a text stands after the edits of one step."""
    index = bisect_right(moves, position, key=_FORMER_START) - 1
    if index < 0:
        return position
    start, end, _, former_end = moves[index]
    return start if position < former_end else position - former_end + end


def _former(moves: list[_Move], position: int) -> tuple[int, int]:
    index = bisect_right(moves, position, key=_START) - 1
    if index < 0:
        return position, position + 1
    _, end, former_start, former_end = moves[index]
    if position < end:
        return former_start, former_end
    return position - end + former_end, position - end + former_end + 1
