"""Documents out of files: JSON Lines, CSV, Parquet or plain text, a row at a time.

Memory is bounded by the longest row, not by the file. A row that cannot be read is reported and
the next one is read: nothing is dropped unseen.
"""

import csv
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeVar

import msgspec

from schemas.codec import InvalidRecord, parse, shown
from schemas.document import Document
from schemas.times import Time, isoformat

log = logging.getLogger(__name__)

Row = dict[str, Any]
Item = TypeVar("Item")

# As much as the largest record that Petrel sends to Kafka: a longer line is no document.
LONGEST_LINE = 16 * 1024 * 1024

_FIELDS = Document.__struct_fields__
_BATCH_ROWS = 512
_BOM = b"\xef\xbb\xbf"


class RowError(ValueError):
    """One row that cannot be read; the message names the file, the line and the rule."""


class FileError(ValueError):
    """A file of which no row can be read; the message names the file and the rule."""


OnError = Callable[[RowError], None]


def refuse(error: RowError) -> NoReturn:
    """What is done about a row that cannot be read unless the caller has a better idea."""
    raise error


def read_rows(
    path: str | Path, columns: Mapping[str, str], on_error: OnError = refuse
) -> Iterator[Row]:
    """The documents in `path`, as dicts of the fields of `schemas.Document`.

    `columns` names the column of a field where that is not the field's own name. Columns that
    are no field are left out; the log says once which. Values are as the file has them: whether
    they make a valid document is for the worker to say. `on_error` is told of each row that
    cannot be read; when it returns, the next row is read.

    Raises:
        FileError: the file is missing, of an unknown kind, or lacks a column that is needed.
        RowError: a row cannot be read, and there is no `on_error`.
    """
    path = Path(path)
    picker = Columns(columns, path.name)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise FileError(f"{path}: the name must end in one of {known}, not {path.suffix!r}")
    with open_file(path) as stream:
        yield from reader(stream, picker, on_error)


def open_file(path: Path) -> BinaryIO:
    """`path`, open for reading; raises `FileError` when that is not possible."""
    try:
        return path.open("rb")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None


def each(take: Callable[[], Item], on_error: OnError) -> Iterator[Item]:
    """What `take` gives until it raises `StopIteration`; its row errors go to `on_error`."""
    while True:
        try:
            item = take()
        except RowError as error:
            on_error(error)
        except StopIteration:
            return
        else:
            yield item


class Lines:
    """The lines of a binary stream that hold more than white space, without their ends.

    `next()` raises `RowError` for a line that is too long, and can be called again after it.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self.number = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> bytes:
        while not (line := self.read()).strip():
            pass
        return line

    def error(self, rule: object) -> RowError:
        """An error in the line that was read last."""
        return RowError(f"{self._name}, line {self.number}: {rule}")

    def decode(self, line: bytes) -> str:
        """`line`, which was read last, as text; raises `RowError` when it is not UTF-8."""
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(f"not UTF-8: {error.reason}; it begins {shown(line[:60])}") from None

    def read(self) -> bytes:
        """The next line, be it blank; raises as `next()` does."""
        line = self._stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            self._skip_rest()
            raise self.error(f"a line must be shorter than {LONGEST_LINE} bytes")
        return (line.removeprefix(_BOM) if self.number == 1 else line).rstrip(b"\r\n")

    def _skip_rest(self) -> None:
        while (rest := self._stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass


class Columns:
    """Takes the document's fields out of a row; says once, in the log, what it leaves out.

    Raises:
        FileError: `columns` maps what is no field of a document.
    """

    def __init__(self, columns: Mapping[str, str], name: str) -> None:
        for field in columns:
            if field not in _FIELDS:
                known = ", ".join(_FIELDS)
                raise FileError(f"{name}: a document has no field {field!r}; it has {known}")
        self.of = {field: columns.get(field, field) for field in _FIELDS}
        self.name = name
        self._needed = {*columns.values(), self.of["text"]}
        self._said = False

    def check(self, header: Iterable[str]) -> None:
        """Raises `FileError` when `header` lacks the text or a column that was asked for."""
        names = list(header)
        for column in sorted(self._needed):
            if column not in names:
                raise FileError(
                    f"{self.name}: there is no column {column!r}, only {', '.join(names)};"
                    " --field FIELD=COLUMN says which column a field is in"
                )
        self._say_left_out(names)

    def pick(self, row: Mapping[str, Any]) -> Row:
        """The fields of the document in `row`; those that are null are absent, except the text."""
        self._say_left_out(row)
        found = {field: row[column] for field, column in self.of.items() if column in row}
        return {
            field: _as_text(field, value)
            for field, value in found.items()
            if value is not None or field == "text"
        }

    def _say_left_out(self, names: Iterable[str]) -> None:
        left_out = [] if self._said else sorted(set(names) - set(self.of.values()))
        if left_out:
            self._said = True
            log.info("%s: left out: %s", self.name, ", ".join(left_out))


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


def _read_json(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    lines = Lines(stream, columns.name)
    return each(lambda: json_row(next(lines), lines, columns), on_error)


def _read_text(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    lines = Lines(stream, columns.name)
    return each(lambda: {"text": lines.decode(next(lines)).strip()}, on_error)


def _read_csv(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    table = _Table(Lines(stream, columns.name))
    columns.check(table.header)
    return each(lambda: table.row(columns), on_error)


class _Table:
    """The rows of a CSV file with a header; a row may span lines."""

    def __init__(self, lines: Lines) -> None:
        # The module's own limit, 128 KiB a cell, is less than a long article may have; it can be
        # set for the whole process only.
        csv.field_size_limit(LONGEST_LINE)
        self._lines = lines
        self._cells = csv.reader(_Texts(lines), strict=True)
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
        return _timed(filled, self._lines.error)

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


class _Texts:
    """Lines as the CSV reader wants them: text, with the line ends that a quoted cell may hold."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __iter__(self) -> "_Texts":
        return self

    def __next__(self) -> str:
        return self._lines.decode(self._lines.read()) + "\n"


def _read_parquet(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    file = _parquet_file(stream, columns.name)
    schema = file.schema_arrow
    columns.check(schema.names)
    wanted = [name for name in dict.fromkeys(columns.of.values()) if name in schema.names]
    for name in wanted:
        _check_type(name, schema.field(name).type, columns)
    rows = enumerate(_batched(file, wanted, columns.name), start=1)

    def take() -> Row:
        number, row = next(rows)
        picked = columns.pick(row)
        return _timed(picked, lambda rule: RowError(f"{columns.name}, row {number}: {rule}"))

    return each(take, on_error)


def _parquet_file(stream: BinaryIO, name: str) -> Any:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise FileError(
            f"{name}: Parquet needs the package pyarrow: pip install 'petrel[train]'"
        ) from None
    try:
        return ParquetFile(stream)
    except (ArrowException, OSError) as error:
        raise FileError(f"{name}: not Parquet: {error}") from None


def _batched(file: Any, wanted: list[str], name: str) -> Iterator[Row]:
    from pyarrow import ArrowException

    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
            yield from _in_millis(batch).to_pylist()
    except (ArrowException, OSError, ValueError) as error:
        raise FileError(f"{name}: cannot be read to its end: {error}") from None


def _in_millis(batch: Any) -> Any:
    """`batch` with its times in milliseconds: Python has no type for nanoseconds."""
    import pyarrow as pa

    for position, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            column = batch.column(position).cast(pa.timestamp("ms", "UTC"), safe=False)
            batch = batch.set_column(position, field.name, column)
    return batch


def _check_type(name: str, kind: Any, columns: Columns) -> None:
    from pyarrow import types

    is_time = types.is_timestamp(kind) and name == columns.of["published_at"]
    if is_time and kind.tz is None:
        rule = "times must have a zone"
    elif is_time or _has_json_form(kind):
        return
    else:
        rule = "a field must be text, a number or a list of texts"
    raise FileError(f"{columns.name}: {rule}; the column {name!r} is {kind}")


def _has_json_form(kind: Any) -> bool:
    from pyarrow import types

    if types.is_list(kind) or types.is_dictionary(kind):
        return _has_json_form(kind.value_type)
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
    return any(is_it(kind) for is_it in (*plain, types.is_boolean, types.is_null))


def _timed(row: Row, error: Callable[[object], RowError]) -> Row:
    """`row` with its time as text; raises `error(rule)` when that has no zone or is no time."""
    value = row.get("published_at")
    if isinstance(value, datetime):
        return {**row, "published_at": isoformat(value)}
    try:
        msgspec.convert(value, Time | None)
    except msgspec.ValidationError:
        raise error(
            "a time must be RFC 3339 with a zone, such as 2026-03-17T12:02:05Z;"
            f" it is {shown(value)}"
        ) from None
    return row


def _as_text(field: str, value: Any) -> Any:
    # An id that is all digits is a number to whoever wrote the file.
    if isinstance(value, int) and not isinstance(value, bool) and field != "published_at":
        return str(value)
    return value


_READERS: dict[str, Callable[[BinaryIO, Columns, OnError], Iterator[Row]]] = {
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".txt": _read_text,
}
