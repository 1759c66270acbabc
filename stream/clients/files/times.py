"""The time of a row, from a format in which it may be a time or a text."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from schemas.codec import shown
from schemas.times import Time, isoformat
from stream.clients.files.row import Row, RowError


def with_time_as_text(row: Row, error: Callable[[object], RowError]) -> Row:
    """`row` with its time as text; raises `error(rule)` for what is no time or has no zone."""
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
