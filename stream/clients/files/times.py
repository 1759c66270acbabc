"""The times of a row, from a format in which one may be a time or a text."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from schemas.codec import shown
from schemas.times import Time, isoformat
from stream.clients.files.row import Row, RowError

# The fields of a document that are times.
TIME_FIELDS = ("published_at", "arrived_at")


def with_times_as_text(row: Row, error: Callable[[object], RowError]) -> Row:
    """`row` with its times as text; raises `error(rule)` for what is no time or has no zone."""
    return {**row, **{name: _text(row[name], error) for name in TIME_FIELDS if name in row}}


def _text(value: object, error: Callable[[object], RowError]) -> object:
    if isinstance(value, datetime):
        return isoformat(value)
    try:
        msgspec.convert(value, Time | None)
    except msgspec.ValidationError:
        raise error(
            "a time must be RFC 3339 with a zone, such as 2026-03-17T12:02:05Z;"
            f" it is {shown(value)}"
        ) from None
    return value
