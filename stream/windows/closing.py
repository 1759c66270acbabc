"""Closing the minutes of one key: its windows, its alert transitions, what is left to wait for.

A pure function of what the store holds for the key and of the watermark.
"""

from collections.abc import Iterator

from msgspec import Struct

from schemas.alert import Alert
from schemas.window import SentimentWindow
from stream.windows.alert_states import KeyState
from stream.windows.buckets import (
    MAX_SIZE,
    SIZES,
    Buckets,
    earliest,
    next_change,
    split_key,
    window,
    window_ends,
)
from stream.windows.key_evaluation import SPIKE_SPAN, KeyEvaluation, next_check
from stream.windows.key_snapshot import KeySnapshot
from stream.windows.spike_rule import SpikeRule


class Closing(Struct, frozen=True, kw_only=True):
    """What closing a key until a minute came to.

    timer: the next minute at which the key must be closed; expired: minutes nothing needs again;
    grace: for how many minutes back late documents may change what was emitted.
    """

    windows: list[SentimentWindow]
    alerts: list[Alert]
    state: KeyState | None
    timer: int | None
    expired: list[int]
    grace: int


def close(rule: SpikeRule, snapshot: KeySnapshot, until: int, grace: int) -> Closing:
    """Close `snapshot`'s key until the minute `until`, with `grace` in minutes."""
    evaluation = KeyEvaluation(rule, snapshot, until)
    evaluation.run()
    absorbed = evaluation.state.absorbed if evaluation.state else until
    keep_from = min(until - MAX_SIZE - grace, absorbed - SPIKE_SPAN)
    return Closing(
        windows=list(_windows(snapshot, until)),
        alerts=evaluation.alerts,
        state=evaluation.state,
        timer=_timer(snapshot, evaluation.state, until),
        expired=[minute for minute in snapshot.buckets if minute < keep_from],
        grace=grace,
    )


def _windows(snapshot: KeySnapshot, until: int) -> Iterator[SentimentWindow]:
    buckets = Buckets(snapshot.buckets)
    if not buckets.minutes:
        return
    kind, subject = split_key(snapshot.key)
    closed = buckets.minutes[0] if snapshot.closed_until is None else snapshot.closed_until
    stale = closed if snapshot.dirty_from is None else min(closed, snapshot.dirty_from)
    for end, sizes in window_ends(buckets.minutes, stale, until).items():
        for size in sizes:
            content = buckets.between(end - SIZES[size], end)
            yield window(kind, subject, size, end, content)


def _timer(snapshot: KeySnapshot, state: KeyState | None, until: int) -> int | None:
    check = next_check(state) if state else None
    return earliest(check, next_change(snapshot.buckets, until))
