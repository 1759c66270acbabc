"""Write records into a file: JSON lines, CSV or Parquet, by its name."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from schemas.codec import encode
from schemas.times import isoformat
from sources.files.row import FileError
from stream.clients.files.arrow_schema import arrow_schema

# What is written appears under its own name when it is whole.
_UNFINISHED = ".part"

# Rows of Parquet that are written together: as many are held in memory.
_GROUP_ROWS = 10_000


class RecordWriter(ABC):
    """Writes records of one type into a file, in order."""

    def __init__(self, path: Path, kind: type[Struct]) -> None:
        self._path = path
        self._columns = kind.__struct_fields__
        self._kind = kind

    @abstractmethod
    def write(self, record: Struct) -> None:
        """Write `record`, now or with later ones."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left, and close the file."""


class _JsonLines(RecordWriter):
    def __init__(self, path: Path, kind: type[Struct]) -> None:
        super().__init__(path, kind)
        self._file = path.open("wb")

    def write(self, record: Struct) -> None:
        self._file.write(encode(record) + b"\n")

    def close(self) -> None:
        self._file.close()


class _Csv(RecordWriter):
    """Lists and objects stand in their cells as JSON."""

    def __init__(self, path: Path, kind: type[Struct]) -> None:
        super().__init__(path, kind)
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(self._columns)

    def write(self, record: Struct) -> None:
        self._rows.writerow(_cell(getattr(record, column)) for column in self._columns)

    def close(self) -> None:
        self._file.close()


class _Parquet(RecordWriter):
    def __init__(self, path: Path, kind: type[Struct]) -> None:
        super().__init__(path, kind)
        from pyarrow.parquet import ParquetWriter

        self._schema = arrow_schema(kind)
        self._file = ParquetWriter(path, self._schema)
        self._rows: list[dict[str, Any]] = []

    def write(self, record: Struct) -> None:
        self._rows.append({name: _plain(getattr(record, name)) for name in self._columns})
        if len(self._rows) == _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        from pyarrow import Table

        if self._rows:
            self._file.write_table(Table.from_pylist(self._rows, self._schema))
            self._rows = []


_WRITERS: dict[str, type[RecordWriter]] = {".jsonl": _JsonLines, ".csv": _Csv, ".parquet": _Parquet}

# Any ending of a file that can be written.
WRITTEN_ENDINGS = tuple(_WRITERS)


def check_writable(path: Path) -> None:
    """Tell before a long work what is wrong with `path`, where its result is to go.

    Raises:
        FileError: its name says no format that is written, its folder is missing, or pyarrow is.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise FileError(
            f"{path}: the name must end in one of {', '.join(WRITTEN_ENDINGS)}; it ends in"
            f" {path.suffix!r}"
        )
    if not path.parent.is_dir():
        raise FileError(f"{path}: there is no folder {path.parent}")
    if _WRITERS[ending] is _Parquet and find_spec("pyarrow") is None:
        raise FileError(f"{path}: Parquet needs the package pyarrow: pip install 'petrel[files]'")


@contextmanager
def open_records(path: Path, kind: type[Struct]) -> Iterator[RecordWriter]:
    """A writer of `kind` to `path`, which is there, or replaced, when the block ends well.

    Raises:
        FileError: the file cannot be written.
    """
    check_writable(path)
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        writer = _WRITERS[path.suffix.lower()](unfinished, kind)
        try:
            yield writer
        finally:
            writer.close()
        unfinished.replace(path)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def write_records(path: Path, kind: type[Struct], records: Iterable[Struct]) -> int:
    """Write all `records`, of `kind`, to `path`; gives how many. Raises as `open_records` does."""
    count = 0
    with open_records(path, kind) as writer:
        for record in records:
            writer.write(record)
            count += 1
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return isoformat(value)
    plain = _plain(value)
    return orjson.dumps(plain).decode() if isinstance(plain, list | dict) else plain


def _plain(value: Any) -> Any:
    """`value` with objects as dicts that have all of their fields; times stay what they are."""
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return [_plain(one) for one in value] if isinstance(value, list) else value
