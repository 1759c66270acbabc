"""Parquet, read in batches of rows; needs the package pyarrow."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from stream.clients.files.columns import Columns
from stream.clients.files.row import FileError, OnError, Row, RowError, skip_errors
from stream.clients.files.times import TIME_FIELDS, with_times_as_text

_BATCH_ROWS = 512


def read_parquet(stream: BinaryIO, columns: Columns, on_error: OnError) -> Iterator[Row]:
    """The documents in a Parquet file.

    Raises:
        FileError: it is not Parquet, lacks a column or has one of a type that documents do not
            have, cannot be read to its end, or pyarrow is not installed.
    """
    file = _open(stream, columns.file_name)
    schema = file.schema_arrow
    columns.check_header(schema.names)
    wanted = [name for name in dict.fromkeys(columns.of.values()) if name in schema.names]
    for name in wanted:
        _check_type(name, schema.field(name).type, columns)
    rows = enumerate(_rows(file, wanted, columns.file_name), start=1)

    def read() -> Row:
        number, row = next(rows)
        picked = columns.pick(row)
        return with_times_as_text(
            picked, lambda rule: RowError(f"{columns.file_name}, row {number}: {rule}")
        )

    return skip_errors(read, on_error)


def _open(stream: BinaryIO, name: str) -> Any:
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


def _rows(file: Any, wanted: list[str], name: str) -> Iterator[Row]:
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

    times = [columns.of[field] for field in TIME_FIELDS]
    is_time = types.is_timestamp(kind) and name in times
    if is_time and kind.tz is None:
        rule = "times must have a zone"
    elif is_time or _has_json_form(kind):
        return
    else:
        rule = "a field must be text, a number or a list of texts"
    raise FileError(f"{columns.file_name}: {rule}; the column {name!r} is {kind}")


def _has_json_form(kind: Any) -> bool:
    from pyarrow import types

    if types.is_list(kind) or types.is_dictionary(kind):
        return _has_json_form(kind.value_type)
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
    return any(is_it(kind) for is_it in (*plain, types.is_boolean, types.is_null))
