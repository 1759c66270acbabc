"""CSV with a header; a quoted cell may span lines."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from stream.clients.files.columns import Columns
from stream.clients.files.lines import MAX_LINE_BYTES, Lines
from stream.clients.files.row import FileError, OnError, Row, RowError, skip_errors
from stream.clients.files.times import with_times_as_text


def read_csv(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    """The documents in a CSV file; an empty cell is an absent field, except for the text.

    Raises:
        FileError: the file has no header, or it lacks a column that is needed.
    """
    table = _Table(Lines(stream, columns.file_name))
    columns.check_header(table.header)
    return skip_errors(lambda: table.row(columns), on_error)


class _Table:
    """The header of a CSV file, and its rows one after another."""

    def __init__(self, lines: Lines) -> None:
        # The module's own limit, 128 KiB a cell, is less than a long article may have; it can be
        # set for the whole process only.
        csv.field_size_limit(MAX_LINE_BYTES)
        self._lines = lines
        self._cells = csv.reader(_TextLines(lines), strict=True)
        self.header = self._header()

    def row(self, columns: Columns) -> Row:
        cells = self._next()
        if len(cells) != len(self.header):
            raise self._lines.error(
                f"a row must have the {len(self.header)} cells of the header; it has {len(cells)}"
            )
        row = columns.pick(dict(zip(self.header, cells, strict=True)))
        filled = {field: cell for field, cell in row.items() if cell or field == "text"}
        if "entities" in filled:
            filled["entities"] = filled["entities"].split(";")
        return with_times_as_text(filled, self._lines.error)

    def _header(self) -> list[str]:
        try:
            return self._next()
        except (RowError, StopIteration) as error:
            reason = str(error) or "the file is empty"
            raise FileError(f"a CSV file must begin with a header: {reason}") from None

    def _next(self) -> list[str]:
        try:
            while not (cells := next(self._cells)):
                pass
        except csv.Error as error:
            raise self._lines.error(f"not CSV: {error}") from None
        return cells


class _TextLines:
    """Lines as the CSV reader needs them: as text, with the line ends that a cell may contain."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __iter__(self) -> "_TextLines":
        return self

    def __next__(self) -> str:
        return self._lines.decode(self._lines.read()) + "\n"
