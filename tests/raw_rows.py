"""Raw rows of a file, as the tests of `sources.files` ask for them."""

from pathlib import Path
from typing import Any

from sources.files.file_format import FileFormat
from sources.files.reader import read_rows
from sources.files.row import FileError, Row


class Found:
    """The rows of a file, the messages about those that cannot be read, and how it ended."""

    def __init__(self, path: Path, **file_format: Any) -> None:
        self.rows: list[Row] = []
        self.errors: list[str] = []
        self.end: str | None = None
        try:
            with read_rows(
                path, FileFormat(**file_format), lambda error: self.errors.append(str(error))
            ) as rows:
                self.rows.extend(rows)
        except FileError as error:
            self.end = str(error)


def found(folder: Path, name: str, content: str | bytes, **file_format: Any) -> Found:
    """What is read of a file `name` with that content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Found(path, **file_format)
