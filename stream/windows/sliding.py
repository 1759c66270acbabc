"""The content of a window that moves on minute by minute: sums and distinct texts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from stream.windows.buckets import Bucket
from stream.windows.cells import Cell


class SlidingMinutes:
    """The cells of the last `length` minutes before a minute that only moves on.

    `minutes` are all cells by minute, and `order` their minutes in order; both may grow at the end.
    Each cell is added once and taken out once, however often the window moves.
    """

    def __init__(self, minutes: Mapping[int, Cell], order: Sequence[int], length: int) -> None:
        self.bucket = Bucket()
        self.texts: Counter[str] = Counter()
        self._minutes = minutes
        self._order = order
        self._length = length
        self._first = self._end = 0

    def move_to(self, minute: int) -> None:
        """Hold the cells from minute - length to minute - 1."""
        while self._end < len(self._order) and self._order[self._end] < minute:
            self._add(self._minutes[self._order[self._end]])
            self._end += 1
        while self._first < self._end and self._order[self._first] < minute - self._length:
            self._remove(self._minutes[self._order[self._first]])
            self._first += 1

    def _add(self, cell: Cell) -> None:
        self.bucket += cell.bucket
        self.texts.update(cell.texts)

    def _remove(self, cell: Cell) -> None:
        self.bucket -= cell.bucket
        self.texts.subtract(cell.texts)
        for text in cell.texts:
            if not self.texts[text]:
                del self.texts[text]
