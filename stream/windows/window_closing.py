"""Closing the minutes of one key: its windows, and what is left to wait for.

A pure function of what the store holds of the key's counts and of the watermark. A minute that the
watermark has passed is complete for good, so that closing it again gives the same windows.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from schemas.window import SentimentWindow
from stream.windows.buckets import (
    MAX_SIZE,
    SECONDS_A_MINUTE,
    SIZES,
    Bucket,
    Buckets,
    next_change,
    split_key,
    window,
    window_ends,
)


class WindowSnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of a key's counts. Times are in minutes from the epoch.

    closed_until: all windows that end at or before it were emitted. version: changes with every
    document counted.
    """

    key: str
    version: str
    closed_until: int | None
    buckets: Mapping[int, Bucket]


class WindowClosing(Struct, frozen=True, kw_only=True):
    """What closing a key until a minute came to.

    timer: the next minute at which the key must be closed. expired: minutes nothing needs again.
    """

    windows: list[SentimentWindow]
    timer: int | None
    expired: list[int]


def close_windows(snapshot: WindowSnapshot, until: int) -> WindowClosing:
    """Close the windows of `snapshot`'s key that end at or before the minute `until`."""
    return WindowClosing(
        windows=list(_windows(snapshot, until)),
        timer=next_change(snapshot.buckets, until),
        expired=[minute for minute in snapshot.buckets if minute < until - MAX_SIZE],
    )


def _windows(snapshot: WindowSnapshot, until: int) -> Iterator[SentimentWindow]:
    buckets = Buckets(snapshot.buckets)
    if not buckets.minutes:
        return
    kind, subject = split_key(snapshot.key)
    closed = buckets.minutes[0] if snapshot.closed_until is None else snapshot.closed_until
    for end, sizes in window_ends(buckets.minutes, closed, until).items():
        for size in sizes:
            start = end - SIZES[size]
            yield window(
                kind,
                subject,
                size,
                start * SECONDS_A_MINUTE,
                end * SECONDS_A_MINUTE,
                buckets.between(start, end),
            )
