"""The times of a row, from a format in which one may be a time or a text."""

from datetime import datetime

import msgspec

from schemas.codec import InvalidRecord, shown
from schemas.times import Time, isoformat
from sources.files.row import Row

# The fields of a document that are times.
TIME_FIELDS = ("published_at", "arrived_at")


def with_times_as_text(row: Row) -> Row:
    """`row` with its times as text; raises `InvalidRecord` for what is no time or has no zone."""
    return {**row, **{name: _text(row[name]) for name in TIME_FIELDS if name in row}}


def _text(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return isoformat(value)
    try:
        msgspec.convert(value, Time | None)
    except msgspec.ValidationError:
        raise InvalidRecord(
            "a time must be RFC 3339 with a zone, such as 2026-03-17T12:02:05Z;"
            f" it is {shown(value)}"
        ) from None
    return value
