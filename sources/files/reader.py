"""Read the rows of a file, whatever its format."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from msgspec.structs import replace

from sources.files.blocks import BLOCK_BYTES
from sources.files.compression import ENDINGS, unpacked
from sources.files.csv_table import CsvTable
from sources.files.encoding import in_utf8
from sources.files.file_format import FileFormat
from sources.files.json_file import json_file
from sources.files.json_lines import JsonLines
from sources.files.parquet_table import ParquetTable
from sources.files.row import FileError, OnError, RowReader, Rows, raise_error
from sources.files.text_lines import TextLines


def _tab_separated(stream: BinaryIO, name: str, file_format: FileFormat) -> RowReader:
    return CsvTable(stream, name, replace(file_format, delimiter=file_format.delimiter or "\t"))


_READERS: dict[str, Callable[[BinaryIO, str, FileFormat], RowReader]] = {
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".json": json_file,
    ".csv": CsvTable,
    ".tsv": _tab_separated,
    ".parquet": ParquetTable,
    ".txt": TextLines,
}

# A small file may unpack to any size: it must not fill the disk.
_MAX_UNPACKED_BYTES = 16 * 1024**3

# What is not text, and is read in any order.
_BINARY = ".parquet"

# Any ending of a file that can be read; each may be followed by one of a compressed file.
KNOWN_ENDINGS = tuple(_READERS)
COMPRESSED_ENDINGS = tuple(ENDINGS)


def read_rows(
    path: Path, file_format: FileFormat | None = None, on_error: OnError = raise_error
) -> Rows:
    """The rows of the file at `path`, of the format that its name ends in, with values as they are.

    `on_error` is called with each row that cannot be read; when it returns, the next is read.
    Without a `file_format` errors name no options.

    Raises:
        FileError: the file is missing, of an unknown format, or not of its format.
        RowError: a row cannot be read, and no `on_error` is given.
    """
    ending = ending_of(path)
    if ending not in _READERS:
        known = ", ".join(KNOWN_ENDINGS)
        raise FileError(
            f"{path}: the name must end in one of {known}, with {' or '.join(ENDINGS)} after it"
            f" or not; it ends in {ending!r}"
        )
    file_format = file_format or FileFormat(has_options=False)
    if ending == _BINARY:
        return read_stream(_seekable(path), ending, path.name, file_format, on_error)
    return read_stream(open_text(path, file_format), ending, path.name, file_format, on_error)


def read_stream(
    stream: BinaryIO, ending: str, name: str, file_format: FileFormat, on_error: OnError
) -> Rows:
    """As `read_rows`, of a stream in UTF-8 that is read as a file with that ending; closes it."""
    try:
        return Rows(_READERS[ending](stream, name, file_format), stream, on_error)
    except BaseException:
        stream.close()
        raise


def ending_of(path: Path) -> str:
    """The ending that says what format `path` has, whether it is compressed or not."""
    name = path.with_suffix("") if path.suffix.lower() in ENDINGS else path
    return name.suffix.lower()


def open_text(path: Path, file_format: FileFormat) -> BinaryIO:
    """The text of the file at `path`, unpacked and in UTF-8.

    Raises:
        FileError: it cannot be read, or is of another encoding.
    """
    stream = _open(path)
    try:
        return in_utf8(stream, path.name, file_format)
    except BaseException:
        stream.close()
        raise


def _open(path: Path) -> BinaryIO:
    try:
        stream = path.open("rb", BLOCK_BYTES)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    ending = path.suffix.lower()
    return unpacked(stream, ending, path.name) if ending in ENDINGS else stream


def _seekable(path: Path) -> BinaryIO:
    stream = _open(path)
    if stream.seekable():
        return stream
    file = TemporaryFile(prefix="petrel-")  # noqa: SIM115 - the reader closes it
    try:
        with stream:
            _copy(stream, file, path)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _copy(stream: BinaryIO, file: IO[bytes], path: Path) -> None:
    while block := stream.read(BLOCK_BYTES):
        file.write(block)
        if file.tell() > _MAX_UNPACKED_BYTES:
            raise FileError(f"{path}: unpacked it is larger than {_MAX_UNPACKED_BYTES} bytes")
