"""Sliding windows over one-minute buckets: values in, values out.

Times are whole minutes from the epoch. A bucket `m` covers [m, m + 1); a window of `size` minutes
that ends at `t` covers the buckets t - size .. t - 1.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import astuple

from schemas.times import from_millis
from schemas.window import Kind, SentimentWindow
from schemas.window import Size as AnySize

SECOND = 1_000
MINUTE = 60_000
SECONDS_A_MINUTE = 60

# Those that are emitted.
Size = Literal["5m", "1h", "24h"]
SIZES: dict[Size, int] = {"5m": 5, "1h": 60, "24h": 1440}
MAX_SIZE = max(SIZES.values())
# Minutes from one end of a window of each size to the next, unless settings say otherwise.
HOPS: dict[Size, int] = {"5m": 1, "1h": 5, "24h": 60}


class Bucket(Struct, frozen=True, array_like=True):
    """Counts of one key in a span. `sentiment` sums positive minus negative, in hundredths."""

    documents: int = 0
    negative: int = 0
    positive: int = 0
    sentiment: int = 0

    def __add__(self, other: "Bucket") -> "Bucket":
        # Field by field: closing a key adds up all of its minutes.
        return Bucket(
            self.documents + other.documents,
            self.negative + other.negative,
            self.positive + other.positive,
            self.sentiment + other.sentiment,
        )

    def __sub__(self, other: "Bucket") -> "Bucket":
        return Bucket(
            self.documents - other.documents,
            self.negative - other.negative,
            self.positive - other.positive,
            self.sentiment - other.sentiment,
        )


class Buckets:
    """The buckets of one key, summed over any span in logarithmic time."""

    def __init__(self, buckets: Mapping[int, Bucket]) -> None:
        self.minutes = sorted(buckets)
        # A column of each number, and not a bucket of each minute: closing a key adds up two hours.
        columns = zip(*(astuple(buckets[minute]) for minute in self.minutes), strict=True)
        self._sums = [list(accumulate(column, initial=0)) for column in columns]

    def between(self, start: int, end: int) -> Bucket:
        """The sum over the buckets start .. end - 1."""
        first, last = bisect_left(self.minutes, start), bisect_left(self.minutes, end)
        return Bucket(*(sums[last] - sums[first] for sums in self._sums))

    def minutes_between(self, start: int, end: int) -> list[int]:
        """Those of start .. end - 1 that have a bucket, in order."""
        first, last = bisect_left(self.minutes, start), bisect_left(self.minutes, end)
        return self.minutes[first:last]


def earliest(*times: int | None) -> int | None:
    """The earliest of `times` that are known; None when none is."""
    return min((time for time in times if time is not None), default=None)


def window(
    kind: Kind, subject: str, size: AnySize, start: int, end: int, content: Bucket
) -> SentimentWindow:
    """The record for a window of `size` from `start` to `end`, in seconds from the epoch."""
    mean = content.sentiment / content.documents / 100 if content.documents else 0.0
    return SentimentWindow(
        kind=kind,
        subject=subject,
        size=size,
        start=from_millis(start * SECOND),
        end=from_millis(end * SECOND),
        documents=content.documents,
        negative=content.negative,
        neutral=content.documents - content.negative - content.positive,
        positive=content.positive,
        sentiment=round(mean, 4),
    )


def split_key(key: str) -> tuple[Kind, str]:
    """`entity:acme` as kind and subject."""
    kind, subject = key.split(":", 1)
    for known in get_args(Kind):
        if kind == known:
            return known, subject
    raise ValueError(f"a window key begins with one of {get_args(Kind)}, not {kind!r}")
