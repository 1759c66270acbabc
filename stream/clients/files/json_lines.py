"""JSON Lines: every line that is not blank is a JSON object."""

from collections.abc import Iterator
from typing import BinaryIO

from schemas.codec import InvalidRecord, parse, shown
from stream.clients.files.columns import Columns
from stream.clients.files.lines import Lines
from stream.clients.files.row import OnError, Row, skip_errors


def read_json_lines(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    """The documents in a file of JSON lines."""
    lines = Lines(stream, columns.file_name)
    return skip_errors(lambda: json_row(next(lines), lines, columns), on_error)


def json_row(line: bytes, lines: Lines, columns: Columns) -> Row:
    """The document in a line of JSON; raises `RowError` when it is no object or has no text."""
    try:
        value = parse(line)
    except InvalidRecord as error:
        raise lines.error(error) from None
    if not isinstance(value, dict):
        raise lines.error(f"a row must be a JSON object; it is {shown(value)}")
    row = columns.pick(value)
    if "text" not in row:
        raise lines.error(f"there is no `{columns.of['text']}` in {shown(value)}")
    return row
