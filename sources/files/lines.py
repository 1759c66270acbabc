"""The lines of a binary stream, with the number of each for error messages."""

from typing import BinaryIO

from schemas.codec import shown
from sources.files.blocks import BLOCK_BYTES
from sources.files.file_format import FileFormat
from sources.files.row import RowError

# A longer line is no row: Kafka would not take it, and one without end would fill the memory.
MAX_LINE_BYTES = 16 * 1024 * 1024


class Lines:
    """The lines of a binary stream that are not blank, without their line ends.

    `next()` raises `RowError` for a line that is too long, and can be called again after it.
    """

    def __init__(self, stream: BinaryIO, name: str, file_format: FileFormat) -> None:
        self._stream = stream
        self._name = name
        self._encoding = "--encoding" if file_format.has_options else "encoding"
        self.number = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> bytes:
        while (line := self.read()).isspace():
            pass
        return line.rstrip(b"\r\n")

    def error(self, rule: object) -> RowError:
        """An error in the line that was read last."""
        return self.error_at(self.number, rule)

    def error_at(self, number: int, rule: object) -> RowError:
        """An error in the line of that number, which counts from 1."""
        return RowError(f"{self._name}, line {number}: {rule}")

    def decode(self, line: bytes) -> str:
        """`line`, which was read last, as text; raises `RowError` when it is none."""
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(
                f"not text in UTF-8, or in its {self._encoding}: {error.reason};"
                f" it begins {shown(line[:60])}"
            ) from None

    def read(self) -> bytes:
        """The next line, which may be blank, with its line end; raises as `next()` does."""
        line = self._stream.readline(MAX_LINE_BYTES)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            self._skip_rest()
            raise self.error(f"a line must be shorter than {MAX_LINE_BYTES} bytes")
        return line

    def _skip_rest(self) -> None:
        while (rest := self._stream.readline(BLOCK_BYTES)) and not rest.endswith(b"\n"):
            pass
