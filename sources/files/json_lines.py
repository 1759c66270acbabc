"""JSON Lines: every line that is not blank is a JSON object, or an array."""

from typing import BinaryIO

from sources.files.file_format import FileFormat
from sources.files.json_row import json_row
from sources.files.lines import Lines
from sources.files.row import Row, RowError


class JsonLines:
    """The rows of a file of JSON lines."""

    columns = None

    def __init__(self, stream: BinaryIO, name: str, file_format: FileFormat) -> None:
        self._lines = Lines(stream, name, file_format)

    def read(self) -> Row:
        """As `RowReader` says."""
        return json_row(next(self._lines), self._lines.error)

    def error(self, rule: object) -> RowError:
        """As `RowReader` says."""
        return self._lines.error(rule)
