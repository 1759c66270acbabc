"""Read a plain series from a file: rows of timestamp and value."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from schemas.codec import InvalidRecord, shown
from sources.files.file_format import FileFormat
from sources.files.reader import read_rows
from sources.files.row import FileError, Row
from sources.mapping.times import InvalidTime, parse_time

_COLUMNS = ("timestamp", "value")

# The squares of larger values, and their sums, would overflow.
_MAX_VALUE = 1e100

# A clock is set back by so much in autumn; beyond that, rows are in no order.
_SET_BACK = timedelta(hours=1)


class Reading(Struct, frozen=True):
    """A row of a series: the time as it is written, the time, the value, if there is one."""

    timestamp: str
    time: datetime
    value: float | None


class ScoredReading(Struct, frozen=True):
    """A row of a series, and how anomalous it is: 0 to 1."""

    timestamp: str
    value: float | None
    anomaly_score: float


def read_series(path: Path, file_format: FileFormat) -> Iterator[Reading]:
    """The rows of `path` in order. A time without a zone is in UTC.

    Raises:
        FileError: it cannot be read, lacks a column, or has no row.
        RowError: a row breaks a rule: a field is missing, its time is none or out of order, or its
            value is no number.
    """
    last = None
    with read_rows(path, file_format) as rows:
        rows.require(_COLUMNS, f"{path.name}: a series has")
        for row in rows:
            try:
                reading = _reading(row)
                _check_order(reading, last)
            except (InvalidRecord, InvalidTime) as error:
                raise rows.error(error) from None
            last = reading
            yield reading
    if last is None:
        raise FileError(f"{path.name}: a series has at least one row; there is none")


def _reading(row: Row) -> Reading:
    if missing := [name for name in _COLUMNS if name not in row]:
        raise InvalidRecord(f"a row has a timestamp and a value; there is no {missing[0]!r}")
    timestamp = row["timestamp"]
    return Reading(str(timestamp), parse_time(timestamp, UTC), _value(row["value"]))


def _value(raw: Any) -> float | None:
    if raw is None or raw == "":
        return None
    try:
        # True is a number in Python, and none in JSON.
        value = float(str(raw) if isinstance(raw, bool) else raw)
    except (TypeError, ValueError, OverflowError):
        raise InvalidRecord(f"a value is a number, or empty; not {shown(raw)}") from None
    if math.isnan(value):
        return None
    if abs(value) > _MAX_VALUE:
        raise InvalidRecord(f"a value lies between -1e100 and 1e100; not {shown(raw)}")
    return value


def _check_order(reading: Reading, last: Reading | None) -> None:
    if last and last.time - reading.time > _SET_BACK:
        raise InvalidRecord(
            "no time lies more than an hour before that of the row before it,"
            f" {shown(last.timestamp)}; not {shown(reading.timestamp)}"
        )
