"""Event time per source partition: which records are on time, late, or too late.

A partition's watermark is a function of its own log alone, so that a record is judged alike
however fast, and beside whatever other partitions, the log is read.
"""

from enum import Enum

MINUTE = 60_000


class Timeliness(Enum):
    """How a record compares with its partition's watermark."""

    ON_TIME = "on time"
    LATE = "late"
    TOO_LATE = "too late"


class PartitionClock:
    """The watermark of one source partition, in milliseconds from the epoch.

    `lateness` is how far behind the newest record of its partition a record may be and still be
    on time; `grace` is how long after that it is still added to its bucket. Both in milliseconds.
    """

    def __init__(self, watermark: int, lateness: int, grace: int) -> None:
        self.watermark = watermark
        self._lateness = lateness
        self._grace = grace

    def observe(self, time: int) -> Timeliness:
        """Judge a record published at `time`, then let it move the watermark."""
        timeliness = self._judge(bucket_end(minute_of(time)))
        self.advance(time - self._lateness)
        return timeliness

    def advance(self, watermark: int) -> None:
        """Move the watermark forward; it never goes back."""
        self.watermark = max(self.watermark, watermark)

    def _judge(self, end: int) -> Timeliness:
        if end > self.watermark:
            return Timeliness.ON_TIME
        if end + self._grace > self.watermark:
            return Timeliness.LATE
        return Timeliness.TOO_LATE


def minute_of(time: int) -> int:
    """The one-minute bucket of a time, counted from the epoch."""
    return time // MINUTE


def bucket_end(minute: int) -> int:
    """The first millisecond after the bucket."""
    return (minute + 1) * MINUTE
