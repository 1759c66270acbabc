"""Closing the minutes of one key: its windows, its alert transitions, what is left to wait for.

A pure function of what the store holds for the key and of the watermark. KeyEvaluation looks at
documents that came on time only, at minutes that only those decide, so that its outcome does not
depend on when a minute happened to be closed.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from schemas.alert import Alert, Baseline, Evidence, Transition
from schemas.times import from_millis
from schemas.window import SentimentWindow
from stream.windows import alert_states as alerts
from stream.windows.alert_states import KeyState, OpenAlert, Rules, Spike
from stream.windows.buckets import (
    LONGEST,
    SIZES,
    Bucket,
    Buckets,
    Size,
    changes,
    next_change,
    split_key,
    window,
)
from stream.windows.spike_rule import Past, Verdict, judge
from stream.windows.watermark import MINUTE

# A day-long window holds the spike's own first hours as its past: the short ones tell sooner.
SPIKE_SIZES: tuple[Size, ...] = ("5m", "1h")
SPIKE_SPAN = max(SIZES[size] for size in SPIKE_SIZES)

# While an alert is open its key is judged this often even when nothing new is said.
CHECK_EVERY = 5

TELLING = 5


class KeySnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of one key. Minutes count from the epoch.

    closed: all windows that end at or before it were emitted; dirty: the earliest minute that
    late documents changed since; version: changes with every write of documents; reading: with
    every read; units: the distinct negative texts of a minute; telling: its most negative
    documents; both on time only.
    """

    key: str
    closed: int | None
    version: str
    reading: str
    dirty: int | None
    buckets: Mapping[int, Bucket]
    units: Mapping[int, list[str]]
    telling: Mapping[int, list[Evidence]]
    state: KeyState | None


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


def close(rules: Rules, snapshot: KeySnapshot, until: int, grace: int) -> Closing:
    """Close `snapshot`'s key until the minute `until`, with `grace` in minutes."""
    detection = KeyEvaluation(rules, snapshot, until)
    detection.run()
    absorbed = detection.state.absorbed if detection.state else until
    keep_from = min(until - LONGEST - grace, absorbed - SPIKE_SPAN)
    return Closing(
        windows=list(_windows(snapshot, until)),
        alerts=detection.alerts,
        state=detection.state,
        timer=_timer(snapshot, detection.state, until),
        expired=[minute for minute in snapshot.buckets if minute < keep_from],
        grace=grace,
    )


class KeyEvaluation:
    """Judges the minutes of one key in order. Sees none from `until` on: more may come there."""

    def __init__(self, rules: Rules, snapshot: KeySnapshot, until: int) -> None:
        self._rules = rules
        self._snapshot = snapshot
        self._until = until
        self._buckets = _decided(snapshot.buckets, until)
        self.state = snapshot.state or self._first_state()
        self.alerts: list[Alert] = []

    def run(self) -> None:
        """Judge every minute that is due, up to and including `until`."""
        while self.state and (minute := self._next_minute(self.state)):
            if minute > self._until:
                break
            self.state = self._judge(self.state, minute)

    def _first_state(self) -> KeyState | None:
        if not self._buckets.minutes:
            return None
        first = self._buckets.minutes[0]
        return KeyState(first=first, evaluated=first, absorbed=first)

    def _next_minute(self, state: KeyState) -> int | None:
        bucket = self._buckets.first_from(state.evaluated)
        fresh = None if bucket is None else bucket + 1
        return _earliest(fresh, next_check(state))

    def _judge(self, state: KeyState, minute: int) -> KeyState:
        past = self._absorb(state, minute - SPIKE_SPAN)
        spikes = [spike for size in SPIKE_SIZES if (spike := self._spike(past, size, minute))]
        worst = max(spikes, key=lambda spike: spike.score, default=None)
        step = alerts.step(self._rules, self._snapshot.key, state, minute, worst)
        if step.transition and step.about:
            self.alerts.append(self._alert(step.about, step.transition, minute, past, worst))
        return KeyState(
            first=state.first,
            evaluated=minute,
            absorbed=max(state.absorbed, minute - SPIKE_SPAN),
            past=past,
            alert=step.alert,
            quiet_until=step.quiet_until,
        )

    def _absorb(self, state: KeyState, until: int) -> Past:
        past, at = state.past, state.absorbed
        if until <= at:
            return past
        for minute in self._buckets.within(at, until):
            bucket = self._buckets.between(minute, minute + 1)
            past = past.later(minute - at, self._rules.half_life)
            past = past.plus(self._new_texts(minute), bucket.negative, bucket.documents)
            at = minute
        return past.later(until - at, self._rules.half_life)

    def _spike(self, past: Past, size: Size, minute: int) -> Spike | None:
        texts = len(self._texts(minute - SIZES[size], minute))
        if texts < self._rules.smallest:
            return None
        verdict = self._verdict(past, size, minute, texts)
        if not alerts.is_spike(self._rules, texts, verdict):
            return None
        fresh = self._buckets.between(minute - 1, minute).negative > 0
        return Spike(size, texts, verdict, alerts.score(verdict), fresh)

    def _verdict(self, past: Past, size: Size, minute: int, texts: int) -> Verdict:
        content = self._buckets.between(minute - SIZES[size], minute)
        return judge(
            past,
            texts=texts,
            negative=content.negative,
            documents=content.documents,
            minutes=SIZES[size],
        )

    def _texts(self, start: int, end: int) -> set[str]:
        units = self._snapshot.units
        return {unit for m in self._buckets.within(start, end) for unit in units.get(m, ())}

    def _new_texts(self, minute: int) -> int:
        # A text that goes round for an hour counts once in a window, so it does in the past.
        before = self._texts(minute + 1 - SPIKE_SPAN, minute)
        return len(self._texts(minute, minute + 1) - before)

    def _alert(
        self, about: OpenAlert, transition: Transition, minute: int, past: Past, spike: Spike | None
    ) -> Alert:
        size: Size = spike.size if spike else "1h"
        start = minute - SIZES[size]
        texts = len(self._texts(start, minute))
        verdict = spike.verdict if spike else self._verdict(past, size, minute, texts)
        kind, subject = split_key(self._snapshot.key)
        return Alert(
            id=alerts.transition_id(about.id, minute, transition),
            alert=about.id,
            rule="negative-spike",
            transition=transition,
            severity=about.severity,
            score=about.score,
            kind=kind,
            subject=subject,
            opened_at=from_millis(about.opened * MINUTE),
            at=from_millis(minute * MINUTE),
            window=window(kind, subject, size, minute, self._buckets.between(start, minute)),
            distinct=texts,
            baseline=_baseline(past, verdict),
            documents=self._telling(start, minute),
        )

    def _telling(self, start: int, end: int) -> list[Evidence]:
        telling = self._snapshot.telling
        found = {e.id: e for m in self._buckets.within(start, end) for e in telling.get(m, ())}
        return sorted(found.values(), key=lambda e: (-e.negative, e.id))[:TELLING]


def next_check(state: KeyState) -> int | None:
    """When a key with an open alert is judged again although nothing new is said."""
    if state.alert is None:
        return None
    return (state.evaluated // CHECK_EVERY + 1) * CHECK_EVERY


def _windows(snapshot: KeySnapshot, until: int) -> Iterator[SentimentWindow]:
    buckets = Buckets(snapshot.buckets)
    if not buckets.minutes:
        return
    kind, subject = split_key(snapshot.key)
    closed = buckets.minutes[0] if snapshot.closed is None else snapshot.closed
    stale = closed if snapshot.dirty is None else min(closed, snapshot.dirty)
    for end, sizes in changes(buckets.minutes, stale, until).items():
        for size in sizes:
            content = buckets.between(end - SIZES[size], end)
            yield window(kind, subject, size, end, content)


def _timer(snapshot: KeySnapshot, state: KeyState | None, until: int) -> int | None:
    check = next_check(state) if state else None
    return _earliest(check, next_change(snapshot.buckets, until))


def _decided(buckets: Mapping[int, Bucket], until: int) -> Buckets:
    on_time = {m: bucket.on_time for m, bucket in buckets.items() if m < until}
    return Buckets({m: bucket for m, bucket in on_time.items() if bucket.documents})


def _earliest(*minutes: int | None) -> int | None:
    return min((minute for minute in minutes if minute is not None), default=None)


def _baseline(past: Past, verdict: Verdict) -> Baseline:
    return Baseline(
        negative=round(verdict.expected, 3),
        share=round(verdict.share, 4),
        documents=round(past.documents, 1),
        hours=round(past.minutes / 60, 1),
        count_p_value=float(f"{verdict.count_p_value:.3g}"),
        share_p_value=float(f"{verdict.share_p_value:.3g}"),
    )
