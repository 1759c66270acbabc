"""CSV and its kin; a quoted cell may span lines."""

import csv
from typing import BinaryIO

from sources.files.csv_lines import CsvLines
from sources.files.csv_reading import NotCsv, QuotedRows
from sources.files.file_format import FileFormat
from sources.files.lines import MAX_LINE_BYTES, Lines
from sources.files.row import FileError, Row, RowError, check_columns

# What else programs write between cells: a name of a column has none of them.
_OTHERS = ";\t|"


class CsvTable:
    """The rows of a CSV file; a column without a name is called after its place, "column 1".

    A row that comes out wrong costs its first line: one that was swallowed by a quote is read.

    Raises:
        FileError: it has no header, or two columns of one name.
    """

    def __init__(self, stream: BinaryIO, name: str, file_format: FileFormat) -> None:
        # The module's own limit, 128 KiB a cell, is less than a long article may have; it can be
        # set for the whole process only.
        csv.field_size_limit(MAX_LINE_BYTES)
        lines = Lines(stream, name, file_format)
        self._error_at = lines.error_at
        self._guesses = file_format.delimiter is None
        self._delimiter = file_format.delimiter or ","
        self._hint = (
            "--delimiter says what stands between two cells"
            if file_format.has_options
            else f"two cells must have {self._delimiter!r} between them"
        )
        self._lines = CsvLines(lines)
        self._quoted = QuotedRows(self._lines, self._delimiter)
        self._unread: list[str] | None = None
        self.columns: list[str] | None = None
        self.columns = self._header(name) if file_format.header else self._numbered()

    def read(self) -> Row:
        """As `RowReader` says."""
        cells, self._unread = self._unread or self._cells(), None
        return dict(zip(self.columns or (), cells, strict=True))

    def error(self, rule: object) -> RowError:
        """As `RowReader` says."""
        return self._error_at(self._lines.number, rule)

    def _header(self, name: str) -> list[str]:
        try:
            cells = self._cells()
        except (RowError, StopIteration) as error:
            reason = str(error) or f"{name} is empty"
            raise FileError(f"a CSV file must begin with a header: {reason}") from None
        if self._is_of_another_delimiter(cells):
            raise FileError(f"{name}: there is only one column, {cells[0]!r}; {self._hint}")
        # pandas writes its index into a column without a name.
        columns = [cell or f"column {number}" for number, cell in enumerate(cells, 1)]
        check_columns(columns, name)
        return columns

    def _is_of_another_delimiter(self, cells: list[str]) -> bool:
        return self._guesses and len(cells) == 1 and any(one in cells[0] for one in _OTHERS)

    def _numbered(self) -> list[str]:
        try:
            self._unread = self._cells()
        except StopIteration:
            return []
        except RowError as error:
            raise FileError(f"the first row says how many cells there are: {error}") from None
        return [str(position) for position in range(len(self._unread))]

    def _cells(self) -> list[str]:
        line = self._lines.first()
        plain = line.removesuffix("\n").removesuffix("\r")
        if '"' not in plain and "\r" not in plain:
            cells, lines = plain.split(self._delimiter), 1
        else:
            cells, lines = self._quoted_cells()
        if self.columns is not None and len(cells) != len(self.columns):
            self._lines.drop(1)
            raise self.error(
                f"a row must have {len(self.columns)} cells, one a column; it has {len(cells)}"
            )
        self._lines.drop(lines)
        return cells

    def _quoted_cells(self) -> tuple[list[str], int]:
        try:
            reading = self._quoted.read(len(self.columns) if self.columns else None)
        except NotCsv as error:
            self._lines.drop(1)
            raise self.error(error) from None
        return reading.cells, reading.lines
