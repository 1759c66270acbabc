r"""A row of CSV as one way of quoting reads it, and which of two readings is right."""

import csv
from collections.abc import Iterator

from sources.files.csv_lines import MAX_ROW_LINES, CsvLines, TooManyLines
from sources.files.csv_quoting import Quoting, doubled, with_backslash

# Where the two ways of quoting may differ.
_BACKSLASH_QUOTE = r"\""


class NotCsv(Exception):
    """A row that can be read in no way; the message says why."""


class Reading:
    """The row that begins with the first of `lines`; `failure` says why it is none."""

    def __init__(self, lines: CsvLines, quoting: Quoting) -> None:
        self._quoting = quoting
        self._used: list[str] = []
        self.cells: list[str] = []
        self.failure: str | None = None
        try:
            self.cells = quoting.cells(self._noted(lines))
        except csv.Error as error:
            self.failure = f"not CSV: {error}"
        except TooManyLines:
            self.failure = f"a quote is not closed within {MAX_ROW_LINES} lines"
        self.text = "".join(self._used)

    @property
    def lines(self) -> int:
        """How many lines the row takes."""
        return len(self._used)

    def has(self, width: int | None) -> bool:
        """Whether it is a row of so many cells; None is any number."""
        return self.failure is None and width in {None, len(self.cells)}

    def fits(self, width: int | None) -> bool:
        """As `has`, and every quote in it is explained."""
        return self.has(width) and self._quoting.fits(self.text)

    def _noted(self, lines: CsvLines) -> Iterator[str]:
        for line in lines.ahead():
            self._used.append(line)
            yield line


class QuotedRows:
    r"""Reads rows that hold quotes.

    A row in which a quote follows a backslash is read both ways. Where both are possible the usual
    one is taken, until a row was seen that only the backslash explains: then the other.
    """

    def __init__(self, lines: CsvLines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._doubled, self._backslash = doubled(delimiter), with_backslash(delimiter)
        self._has_backslashes = False

    def read(self, width: int | None) -> Reading:
        """The next row, which has so many cells; raises `NotCsv`."""
        usual = Reading(self._lines, self._doubled)
        if _BACKSLASH_QUOTE in usual.text or (self._has_backslashes and "\\" in usual.text):
            return self._chosen(usual, Reading(self._lines, self._backslash), width)
        if usual.failure:
            raise NotCsv(usual.failure)
        return usual

    def _chosen(self, usual: Reading, other: Reading, width: int | None) -> Reading:
        fitting = [one for one in (usual, other) if one.fits(width)]
        self._has_backslashes |= fitting == [other]
        if fitting:
            return fitting[-1] if self._has_backslashes else fitting[0]
        if usual.has(width) and not self._has_quoted_cell(usual.text):
            return usual
        raise NotCsv(r"there is a quote after a backslash, \", and the cells end in no clear place")

    def _has_quoted_cell(self, text: str) -> bool:
        return text.startswith('"') or f'{self._delimiter}"' in text
