"""Read the documents in a file, whatever its format."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from stream.clients.files.columns import Columns
from stream.clients.files.csv_table import read_csv
from stream.clients.files.json_lines import read_json_lines
from stream.clients.files.parquet_table import read_parquet
from stream.clients.files.row import FileError, OnError, Row, raise_error
from stream.clients.files.text_lines import read_text_lines

_READERS: dict[str, Callable[[BinaryIO, Columns, OnError], Iterator[Row]]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_csv,
    ".parquet": read_parquet,
    ".txt": read_text_lines,
}


def read_rows(
    path: str | Path, columns: Mapping[str, str], on_error: OnError = raise_error
) -> Iterator[Row]:
    """The documents in `path`, as dicts of the fields of `schemas.Document`.

    `columns` names the column of a field where that is not the field's own name. Columns that
    hold no field are ignored; the log says once which. Values are as the file has them: the worker
    checks whether they make a valid document. `on_error` is called with each row that cannot be
    read; when it returns, the next row is read.

    Raises:
        FileError: the file is missing, of an unknown format, or lacks a column that is needed.
        RowError: a row cannot be read, and no `on_error` is given.
    """
    path = Path(path)
    picker = Columns(columns, path.name)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        known = ", ".join(_READERS)
        raise FileError(f"{path}: the name must end in one of {known}, not {path.suffix!r}")
    with open_file(path) as stream:
        yield from read(stream, picker, on_error)


def open_file(path: Path) -> BinaryIO:
    """`path`, open for reading; raises `FileError` when that is not possible."""
    try:
        return path.open("rb")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
