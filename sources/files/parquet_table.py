"""Parquet, read in batches of rows; needs the package pyarrow."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from sources.files.file_format import FileFormat
from sources.files.row import FileError, Row, RowError, check_columns

_BATCH_ROWS = 512


class ParquetTable:
    """The rows of a Parquet file.

    Times are `datetime`, in UTC where the column has a zone; dates and times of day are text in
    ISO 8601; whole decimals are integers, others floats; binary values stay `bytes`.

    Raises:
        FileError: it is not Parquet, two columns have one name, or pyarrow is not installed.
    """

    def __init__(self, stream: BinaryIO, name: str, _: FileFormat) -> None:
        self._name = name
        self._number = 0
        file = _open(stream, name)
        self.columns: list[str] = file.schema_arrow.names
        check_columns(self.columns, name)
        self._rows = _rows(file, name)

    def read(self) -> Row:
        """As `RowReader` says."""
        row = next(self._rows)
        self._number += 1
        return row

    def error(self, rule: object) -> RowError:
        """As `RowReader` says."""
        return RowError(f"{self._name}, row {self._number}: {rule}")


def _open(stream: BinaryIO, name: str) -> Any:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise FileError(
            f"{name}: Parquet needs the package pyarrow: pip install 'petrel[files]'"
        ) from None
    try:
        return ParquetFile(stream)
    except (ArrowException, OSError) as error:
        raise FileError(f"{name}: not Parquet: {error}") from None


def _rows(file: Any, name: str) -> Iterator[Row]:
    from pyarrow import ArrowException

    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for row in _in_micros(batch).to_pylist():
                yield {column: _plain(value) for column, value in row.items()}
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        raise FileError(f"{name}: cannot be read to its end: {error}") from None


def _in_micros(batch: Any) -> Any:
    """`batch` with its times in microseconds: Python has no type for nanoseconds."""
    for position, field in enumerate(batch.schema):
        wanted = _micros(field.type)
        if wanted != field.type:
            column = batch.column(position).cast(wanted, safe=False)
            batch = batch.set_column(position, field.name, column)
    return batch


def _micros(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_list(kind):
        return pa.list_(_micros(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _micros(field.type)) for field in kind])
    return kind


def _plain(value: Any) -> Any:
    """`value` with what only databases know, decimals and dates, as numbers and text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | time) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value
