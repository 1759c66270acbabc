"""Closing the windows of one key, an hour at a time at most, and what is left to wait for.

A pure function of what the store holds of the key's counts and of the watermark. A minute that the
watermark has passed is complete for good, so that closing it again gives the same windows.

A window is emitted at an end, a multiple of its hop, when documents came since the end before; and
once, of the longest size and empty, when the key has fallen silent. What a window holds at other
ends follows from these: the same, less what is older than its size.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add

from msgspec import Struct

from schemas.window import SentimentWindow
from stream.windows.buckets import (
    MAX_SIZE,
    SECONDS_A_MINUTE,
    SIZES,
    Bucket,
    Buckets,
    Size,
    split_key,
    window,
)

MINUTES_AN_HOUR = 60
_HOURS = MAX_SIZE // MINUTES_AN_HOUR

Hops = Mapping[Size, int]


class WindowSnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of a key's counts, as far as closing needs it.

    due: the minute at which the key is to be closed next. closed_until: the minute until which it
    is closed. version: changes with every document counted. minutes: those of `hours_to_read`.
    hours: the sums of the hours that are over, of the last day. held: all hours whose minutes the
    store holds. Minutes and hours are counted from the epoch.
    """

    key: str
    version: str
    due: int
    closed_until: int
    minutes: Mapping[int, Bucket]
    hours: Mapping[int, Bucket]
    held: Sequence[int]


class WindowClosing(Struct, frozen=True, kw_only=True):
    """What closing a key until the minute `until` came to.

    timer: the next minute at which the key must be closed; None when nothing is left of it.
    hours: the sums of the hours that are over. dropped: the hours whose minutes nothing needs.
    """

    windows: list[SentimentWindow]
    until: int
    timer: int | None
    hours: dict[int, Bucket]
    dropped: list[int]


def hours_to_read(due: int) -> tuple[int, int]:
    """The hours whose minutes are needed to close a key that is due at the minute `due`."""
    hour = _hour_before(due)
    return hour - 1, hour


def close_windows(snapshot: WindowSnapshot, until: int, hops: Hops) -> WindowClosing:
    """Close windows of `snapshot`'s key that end by the minute `until`, or by that of its hour.

    `hops` are the minutes between the ends of windows of each size; a day's is of whole hours.
    """
    hour = _hour_before(snapshot.due)
    until = min(until, _end_of(hour))
    hours = dict(snapshot.hours)
    if until == _end_of(hour) and (total := _total(snapshot.minutes, hour)):
        hours[hour] = total
    return WindowClosing(
        windows=list(_windows(snapshot, hours, until, hops)),
        until=until,
        timer=_timer(snapshot, hours, until, hops),
        hours=_within_a_day(hours, until),
        dropped=[held for held in snapshot.held if held < until // MINUTES_AN_HOUR - 1],
    )


def _windows(
    snapshot: WindowSnapshot, hours: Mapping[int, Bucket], until: int, hops: Hops
) -> Iterator[SentimentWindow]:
    kind, subject = split_key(snapshot.key)
    for end, size, content in sorted(_contents(snapshot, hours, until, hops), key=lambda c: c[0]):
        start = end - SIZES[size]
        yield window(kind, subject, size, start * SECONDS_A_MINUTE, end * SECONDS_A_MINUTE, content)


def _contents(
    snapshot: WindowSnapshot, hours: Mapping[int, Bucket], until: int, hops: Hops
) -> Iterator[tuple[int, Size, Bucket]]:
    """The end, the size and the content of each window."""
    hour, buckets = _hour_before(snapshot.due), Buckets(snapshot.minutes)
    new = [minute for minute in buckets.minutes if minute // MINUTES_AN_HOUR == hour]
    for size, length in SIZES.items():
        if length == MAX_SIZE:
            continue
        for end in sorted({_next_end(minute, hops[size]) for minute in new}):
            if snapshot.closed_until < end <= until:
                yield end, size, buckets.between(end - length, end)
    hop = hops["24h"]
    if until == _end_of(hour) and until % hop == 0:
        day = _within_a_day(hours, until)
        is_new = any(_end_of(one) > until - hop for one in day)
        if is_new or (hours and not day):
            yield until, "24h", reduce(add, day.values(), Bucket())


def _timer(
    snapshot: WindowSnapshot, hours: Mapping[int, Bucket], until: int, hops: Hops
) -> int | None:
    """The first minute after `until` at which there is something to do."""
    times = list(_later(snapshot.minutes, until, hops))
    times += [_round_up(_end_of(hour), hops["24h"]) for hour in hours]
    times += [hour * MINUTES_AN_HOUR + 1 for hour in snapshot.held]
    if (last := max(hours, default=None)) is not None:
        times.append(_round_up(_end_of(last) + MAX_SIZE, hops["24h"]))
    return min((time for time in times if time > until), default=None)


def _later(minutes: Mapping[int, Bucket], until: int, hops: Hops) -> Iterator[int]:
    for minute in minutes:
        if minute >= until:
            yield minute + 1
        elif _end_of(minute // MINUTES_AN_HOUR) > until:
            yield from (_next_end(minute, hop) for hop in hops.values())
            yield _end_of(minute // MINUTES_AN_HOUR)


def _within_a_day(hours: Mapping[int, Bucket], until: int) -> dict[int, Bucket]:
    return {h: one for h, one in hours.items() if h >= until // MINUTES_AN_HOUR - _HOURS}


def _total(minutes: Mapping[int, Bucket], hour: int) -> Bucket | None:
    inside = [one for minute, one in minutes.items() if minute // MINUTES_AN_HOUR == hour]
    return reduce(add, inside) if inside else None


def _hour_before(minute: int) -> int:
    """The hour that holds what comes before `minute`."""
    return (minute - 1) // MINUTES_AN_HOUR


def _end_of(hour: int) -> int:
    return (hour + 1) * MINUTES_AN_HOUR


def _next_end(minute: int, hop: int) -> int:
    """The first end of a window that holds the bucket `minute`."""
    return _round_up(minute + 1, hop)


def _round_up(minute: int, hop: int) -> int:
    return -(-minute // hop) * hop
