"""The lines of a CSV file, some of them read ahead: a row that comes out wrong is read again."""

from collections import deque
from collections.abc import Iterator

from schemas.errors import PetrelError
from sources.files.lines import MAX_LINE_BYTES, Lines

# A row over more lines is one whose quote is never closed: it must not take the others with it.
MAX_ROW_LINES = 1000


class TooManyLines(Exception):
    """A row does not end within the bound."""


class CsvLines:
    """The lines from the next row on; `number` is that of the row's first line."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._read: deque[tuple[int, str | PetrelError]] = deque()
        self.number = 0

    def first(self) -> str:
        """The line with which the next row begins, which is not blank.

        Raises:
            RowError, FileError: the line cannot be read.
            StopIteration: there are no more.
        """
        while True:
            self.number, line = self._at(0)
            if isinstance(line, PetrelError):
                self.drop(1)
                raise line
            if line.strip("\r\n"):
                return line
            self.drop(1)

    def ahead(self) -> Iterator[str]:
        """The lines from `first` on, which stay; raises `TooManyLines` beyond the bound."""
        length = 0
        for position in range(MAX_ROW_LINES):
            try:
                _, line = self._at(position)
            except StopIteration:
                return
            # It is told when its turn comes.
            if isinstance(line, PetrelError):
                return
            length += len(line)
            if length > MAX_LINE_BYTES:
                break
            yield line
        raise TooManyLines

    def drop(self, count: int) -> None:
        """Go on after so many lines."""
        for _ in range(count):
            self._read.popleft()

    def _at(self, position: int) -> tuple[int, str | PetrelError]:
        if position == len(self._read):
            self._read.append(self._next())
        return self._read[position]

    def _next(self) -> tuple[int, str | PetrelError]:
        line: str | PetrelError
        try:
            line = self._lines.decode(self._lines.read())
        except PetrelError as error:
            line = error
        return self._lines.number, line
