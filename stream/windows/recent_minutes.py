"""The minutes of one key that are over, as long as they lie in its longest spike window.

A negative text counts once: in the minute in which it came first. So what is counted in a window is
what the past has of such windows, however often texts come again.
"""

from collections import deque
from collections.abc import Iterator, Mapping

from schemas.window import Size
from stream.windows.cells import Cell, MinuteCell
from stream.windows.sliding import SlidingMinutes, SlidingTexts
from stream.windows.spike_rule import HORIZONS

# The horizons whose minutes are held; those that are longer are made up of hours.
SHORT: tuple[Size, ...] = ("2m", "5m", "15m", "1h")
LONGEST: Size = "1h"
SPIKE_SPAN = HORIZONS[LONGEST]

# What a key, and the parts of a cell, take in memory, in bytes, with their share of the windows:
# measured, and rounded up.
_KEY_BYTES = 3_000
_CELL_BYTES = 400
_TEXT_BYTES = 150
_EVIDENCE_BYTES = 900


class RecentMinutes:
    """Cells by minute, in order, and the spike windows over them."""

    def __init__(self, cells: Mapping[int, MinuteCell]) -> None:
        # Without the minute that is judged, which is held by the second.
        longest = SlidingTexts(SPIKE_SPAN - 1)
        self.texts = longest.texts
        self.windows: dict[Size, SlidingMinutes] = {
            size: longest if size == LONGEST else SlidingMinutes(HORIZONS[size] - 1)
            for size in SHORT
        }
        self.minute = 0
        self.held_bytes = _KEY_BYTES
        self._cells: deque[tuple[int, MinuteCell]] = deque()
        for minute in sorted(cells):
            self._hold(minute, cells[minute])

    @property
    def last(self) -> int | None:
        """The latest minute that is held, if any is."""
        return self._cells[-1][0] if self._cells else None

    def move_to(self, minute: int) -> None:
        """Let the windows reach up to `minute`, and not into it."""
        if minute == self.minute:
            return
        self.minute = minute
        for window in self.windows.values():
            window.move_to(minute)

    def add(self, minute: int, cell: Cell, fresh: int) -> MinuteCell:
        """Hold `cell`, of a minute behind all that are held; gives what is to be stored of it."""
        self.move_to(minute)
        whole = MinuteCell(cell.bucket, cell.texts, cell.evidence, cell.spread, fresh)
        self._hold(minute, whole)
        return whole

    def since(self, minute: int) -> Iterator[MinuteCell]:
        """The cells of `minute` and later."""
        return (cell for at, cell in self._cells if at >= minute)

    def take_before(self, minute: int) -> Iterator[tuple[int, MinuteCell]]:
        """Give the cells of before `minute`, in order, and hold them no more."""
        while self._cells and self._cells[0][0] < minute:
            at, cell = self._cells.popleft()
            self.held_bytes -= _bytes_of(cell)
            yield at, cell

    def _hold(self, minute: int, cell: MinuteCell) -> None:
        self._cells.append((minute, cell))
        self.held_bytes += _bytes_of(cell)
        for window in self.windows.values():
            window.add(minute, cell)


def _bytes_of(cell: Cell) -> int:
    texts = len(cell.texts) + len(cell.spread)
    return _CELL_BYTES + _TEXT_BYTES * texts + _EVIDENCE_BYTES * len(cell.evidence)
