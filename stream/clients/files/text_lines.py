"""Plain text: every line that is not blank is the text of a document."""

from collections.abc import Iterator
from typing import BinaryIO

from stream.clients.files.columns import Columns
from stream.clients.files.lines import Lines
from stream.clients.files.row import OnError, Row, skip_errors


def read_text_lines(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    """The documents in a text file, which have nothing but a text."""
    lines = Lines(stream, columns.file_name)
    return skip_errors(lambda: {"text": lines.decode(next(lines)).strip()}, on_error)
