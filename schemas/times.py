"""RFC 3339 UTC times with milliseconds, the only form of time in a record."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

Time = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 time with a zone; written in UTC with milliseconds."),
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_millis(time: datetime) -> int:
    """Whole milliseconds from the epoch to `time`, rounded down."""
    return (time - EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The UTC time `millis` milliseconds after the epoch."""
    return EPOCH + timedelta(milliseconds=millis)


# A batch shares the times at which it was received and scored.
@lru_cache(maxsize=1024)
def isoformat(time: datetime) -> str:
    """`time` as `2026-03-17T12:02:05.250Z`; the calendar's end where it lies beyond it in UTC."""
    return _in_utc(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        # Within a day of either end, in another zone: senders choose their times.
        return _FIRST if time.year == 1 else _LAST
