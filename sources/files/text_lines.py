"""Plain text: every line that is not blank is a row with the one column `text`."""

from typing import BinaryIO

from sources.files.file_format import FileFormat
from sources.files.lines import Lines
from sources.files.row import Row, RowError


class TextLines:
    """The rows of a text file."""

    columns = ("text",)

    def __init__(self, stream: BinaryIO, name: str, file_format: FileFormat) -> None:
        self._lines = Lines(stream, name, file_format)

    def read(self) -> Row:
        """As `RowReader` says."""
        return {"text": self._lines.decode(next(self._lines)).strip()}

    def error(self, rule: object) -> RowError:
        """As `RowReader` says."""
        return self._lines.error(rule)
