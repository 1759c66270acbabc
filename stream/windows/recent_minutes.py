"""The minutes of one key that are over, as long as they lie in its longest spike window.

A negative text counts once: in the minute in which it came first. So what is counted in a window is
what the past has of such windows, however often texts come again.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice

from schemas.window import Size
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell, MinuteCell
from stream.windows.spike_rule import HORIZONS

# The horizons whose minutes are held; those that are longer are made up of hours.
SHORT: tuple[Size, ...] = ("2m", "5m", "15m", "1h")
LONGEST: Size = "1h"
SPIKE_SPAN = HORIZONS[LONGEST]

# Their minutes, without the one that is judged, which is held by the second.
_LENGTHS = {size: HORIZONS[size] - 1 for size in SHORT}

# What a key, and the parts of a cell, take in memory, in bytes, with their share of the windows:
# measured, and rounded up.
_KEY_BYTES = 3_000
_CELL_BYTES = 400
_TEXT_BYTES = 150
_EVIDENCE_BYTES = 900


class RecentMinutes:
    """Cells by minute, in order, and the spike windows over them.

    minute: up to which the windows reach, and not into it; none of it or later is held.

    A window is the difference of two running sums: it costs nothing until it is asked for, and
    most minutes are never in one that is.
    """

    def __init__(self, cells: Mapping[int, MinuteCell]) -> None:
        self.minute = 0
        self._minutes: list[int] = []
        self._cells: list[MinuteCell] = []
        # What came before each of the cells, and with the last of them.
        self._buckets = [Bucket()]
        self._fresh = [0]
        # The minute in which each negative text came last.
        self._texts: dict[object, int] = {}
        self._bytes_of_texts = 0
        for minute in sorted(cells):
            self._hold(minute, cells[minute])

    def __contains__(self, text: object) -> bool:
        """Whether a negative text came in the longest window."""
        return text in self._texts and self._texts[text] >= self.minute - _LENGTHS[LONGEST]

    @property
    def last(self) -> int | None:
        """The latest minute that is held, if any is."""
        return self._minutes[-1] if self._minutes else None

    @property
    def held_bytes(self) -> int:
        """About how much memory is taken."""
        return _KEY_BYTES + _CELL_BYTES * len(self._cells) + self._bytes_of_texts

    def fresh(self) -> dict[Size, int]:
        """How many negative texts count in each window."""
        minutes, fresh = self._minutes, self._fresh
        total, minute = fresh[-1], self.minute
        return {
            size: total - fresh[bisect_left(minutes, minute - length)]
            for size, length in _LENGTHS.items()
        }

    def bucket(self, size: Size) -> Bucket:
        """What the window of `size` holds."""
        begin = bisect_left(self._minutes, self.minute - _LENGTHS[size])
        return self._buckets[-1] - self._buckets[begin]

    def add(self, minute: int, cell: Cell, fresh: int) -> MinuteCell:
        """Hold `cell`, of a minute behind all that are held; gives what is to be stored of it."""
        whole = MinuteCell(cell.bucket, cell.texts, cell.evidence, cell.spread, fresh)
        self._hold(minute, whole)
        return whole

    def since(self, minute: int) -> Iterator[MinuteCell]:
        """The cells of `minute` and later."""
        return islice(self._cells, bisect_left(self._minutes, minute), None)

    def take_before(self, minute: int) -> list[tuple[int, MinuteCell]]:
        """Give the cells of before `minute`, in order, and hold them no more."""
        end = bisect_left(self._minutes, minute)
        if not end:
            return []
        taken = list(zip(self._minutes[:end], self._cells[:end], strict=True))
        for held in (self._minutes, self._cells, self._buckets, self._fresh):
            del held[:end]
        for at, cell in taken:
            if cell.texts:
                self._forget_texts(at, cell)
        return taken

    def _hold(self, minute: int, cell: MinuteCell) -> None:
        self._minutes.append(minute)
        self._cells.append(cell)
        self._buckets.append(self._buckets[-1] + cell.bucket)
        self._fresh.append(self._fresh[-1] + cell.fresh)
        if cell.texts:
            self._texts.update(dict.fromkeys(cell.texts, minute))
            self._bytes_of_texts += _bytes_of_texts(cell)

    def _forget_texts(self, minute: int, cell: MinuteCell) -> None:
        self._bytes_of_texts -= _bytes_of_texts(cell)
        for text in cell.texts:
            if self._texts.get(text) == minute:
                del self._texts[text]


def _bytes_of_texts(cell: Cell) -> int:
    texts = len(cell.texts) + len(cell.spread)
    return _TEXT_BYTES * texts + _EVIDENCE_BYTES * len(cell.evidence)
