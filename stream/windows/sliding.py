"""The content of a window that moves on minute by minute: sums, and the texts in it."""

from collections import Counter, deque

from stream.windows.buckets import Bucket
from stream.windows.cells import MinuteCell


class SlidingMinutes:
    """The cells of the last `length` minutes before a minute that only moves on.

    Each cell is added once and taken out once, however often the window moves.
    """

    def __init__(self, length: int) -> None:
        self.bucket = Bucket()
        self.fresh = 0
        self._length = length
        self._cells: deque[tuple[int, MinuteCell]] = deque()

    def add(self, minute: int, cell: MinuteCell) -> None:
        """Take in the cell of `minute`, which lies behind all that came before."""
        self._cells.append((minute, cell))
        self.bucket += cell.bucket
        self.fresh += cell.fresh

    def move_to(self, minute: int) -> None:
        """Hold the cells from minute - length on; none of `minute` or later may be in it."""
        while self._cells and self._cells[0][0] < minute - self._length:
            self._remove(self._cells.popleft()[1])

    def _remove(self, cell: MinuteCell) -> None:
        self.bucket -= cell.bucket
        self.fresh -= cell.fresh


class SlidingTexts(SlidingMinutes):
    """One that also has the negative texts of its cells."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.texts: Counter[str] = Counter()

    def add(self, minute: int, cell: MinuteCell) -> None:
        super().add(minute, cell)
        if cell.texts:
            self.texts.update(cell.texts)

    def _remove(self, cell: MinuteCell) -> None:
        super()._remove(cell)
        for text in cell.texts:
            self.texts[text] -= 1
            if not self.texts[text]:
                del self.texts[text]
