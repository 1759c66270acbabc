"""Closing the windows of one key, some hours at a time at most, and what is left to wait for.

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
from msgspec.structs import replace

from schemas.window import SentimentWindow
from stream.windows.buckets import (
    MAX_SIZE,
    MINUTE,
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

# Minutes that alerts take to resolve, beside those in which the longest window becomes empty.
_AFTER = 120


class WindowSnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of a key's counts, as far as closing needs it.

    due: the minute at which the key is to be closed next. closed_until: the minute until which it
    is closed. version: changes with every document counted. minutes: those of the hours `read`.
    hours: the sums of the hours that are over, of the last day. held: all hours whose minutes the
    store holds. Minutes and hours are counted from the epoch.
    """

    key: str
    version: str
    due: int
    closed_until: int
    read: range
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


def end_of_all(last: int, hops: Hops) -> int:
    """When all windows and alerts of what came until `last` have closed; in milliseconds."""
    return last + (MAX_SIZE + hops["24h"] + _AFTER) * MINUTE


def hours_to_read(due: int, hours: int) -> range:
    """The hours whose minutes are needed to close `hours` of a key that is due at `due`."""
    hour = _hour_before(due)
    return range(hour - 1, hour + hours)


def close_windows(snapshot: WindowSnapshot, until: int, hops: Hops) -> WindowClosing:
    """Close windows of `snapshot`'s key that end by the minute `until`, as far as hours were read.

    `hops` are the minutes between the ends of windows of each size; a day's is of whole hours.
    """
    buckets = Buckets(snapshot.minutes)
    closing = _close_hour(snapshot, buckets, until, hops)
    windows, dropped = closing.windows, closing.dropped
    while closing.timer is not None and closing.timer <= until:
        if _hour_before(closing.timer) not in snapshot.read:
            break
        snapshot = replace(
            snapshot,
            due=closing.timer,
            closed_until=closing.until,
            hours=closing.hours,
            held=[hour for hour in snapshot.held if hour not in closing.dropped],
        )
        closing = _close_hour(snapshot, buckets, until, hops)
        windows, dropped = windows + closing.windows, dropped + closing.dropped
    return replace(closing, windows=windows, dropped=dropped)


def _close_hour(
    snapshot: WindowSnapshot, buckets: Buckets, until: int, hops: Hops
) -> WindowClosing:
    """The same until the end of the hour in which the key is due, at most."""
    hour = _hour_before(snapshot.due)
    until = min(until, _end_of(hour))
    hours = dict(snapshot.hours)
    if until == _end_of(hour) and buckets.minutes_between(until - MINUTES_AN_HOUR, until):
        hours[hour] = buckets.between(until - MINUTES_AN_HOUR, until)
    kind, subject = split_key(snapshot.key)
    short = _short_windows(buckets, max(snapshot.closed_until, until - _past(until)), until, hops)
    contents = sorted([*short, *_days(hours, until, hops["24h"])], key=lambda content: content[0])
    return WindowClosing(
        windows=[
            window(
                kind,
                subject,
                size,
                (end - SIZES[size]) * SECONDS_A_MINUTE,
                end * SECONDS_A_MINUTE,
                one,
            )
            for end, size, one in contents
        ],
        until=until,
        timer=min(_times(snapshot, buckets, hours, until, hops), default=None),
        hours=_within_a_day(hours, until),
        dropped=[held for held in snapshot.held if held < until // MINUTES_AN_HOUR - 1],
    )


def _short_windows(
    buckets: Buckets, closed: int, until: int, hops: Hops
) -> Iterator[tuple[int, Size, Bucket]]:
    """The end, the size and the content of each window of less than a day that ends by `until`."""
    for size, length in SIZES.items():
        if length == MAX_SIZE:
            continue
        hop = hops[size]
        new = buckets.minutes_between(_round_down(closed, hop), until)
        for end in sorted({_round_up(minute + 1, hop) for minute in new}):
            if closed < end <= until:
                yield end, size, buckets.between(end - length, end)


def _days(hours: Mapping[int, Bucket], until: int, hop: int) -> Iterator[tuple[int, Size, Bucket]]:
    """The same of the window of a day that ends at `until`, if one does."""
    if until % hop:
        return
    day = _within_a_day(hours, until)
    is_new = any(_end_of(hour) > until - hop for hour in day)
    if is_new or (hours and not day):
        yield until, "24h", reduce(add, day.values(), Bucket())


def _times(
    snapshot: WindowSnapshot,
    buckets: Buckets,
    hours: Mapping[int, Bucket],
    until: int,
    hops: Hops,
) -> Iterator[int]:
    """Minutes after `until` at which there is something to do, the first among them."""
    begin = _round_down(until, MINUTES_AN_HOUR)
    for hop in (*hops.values(), MINUTES_AN_HOUR):
        # What came since the end before, in an hour that is not over.
        if buckets.minutes_between(max(begin, _round_down(until, hop)), until):
            yield _round_down(until, hop) + hop
    if later := buckets.minutes_between(until, until + 2 * MINUTES_AN_HOUR):
        yield later[0] + 1
    times = [_round_up(_end_of(hour), hops["24h"]) for hour in hours]
    times += [hour * MINUTES_AN_HOUR + 1 for hour in snapshot.held]
    if hours:
        times.append(_round_up(_end_of(max(hours)) + MAX_SIZE, hops["24h"]))
    yield from (time for time in times if time > until)


def _past(until: int) -> int:
    """How far `until` lies behind the begin of the hour that is closed."""
    return (until - 1) % MINUTES_AN_HOUR + 1


def _within_a_day(hours: Mapping[int, Bucket], until: int) -> dict[int, Bucket]:
    return {h: one for h, one in hours.items() if h >= until // MINUTES_AN_HOUR - _HOURS}


def _hour_before(minute: int) -> int:
    """The hour that holds what comes before `minute`."""
    return (minute - 1) // MINUTES_AN_HOUR


def _end_of(hour: int) -> int:
    return (hour + 1) * MINUTES_AN_HOUR


def _round_up(minute: int, hop: int) -> int:
    return -(-minute // hop) * hop


def _round_down(minute: int, hop: int) -> int:
    return minute // hop * hop
