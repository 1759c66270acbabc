"""Judging the minutes of one key: which transitions its alert makes.

Looks at documents that came on time only, at minutes that only those decide, so that its outcome
does not depend on when a minute happened to be closed.
"""

from collections.abc import Mapping

from schemas.alert import Alert, Baseline, Evidence, Transition
from schemas.times import from_millis
from stream.windows import alert_states
from stream.windows.alert_states import KeyState, OpenAlert, Spike
from stream.windows.buckets import SIZES, Bucket, Buckets, Size, earliest, split_key, window
from stream.windows.key_snapshot import KeySnapshot
from stream.windows.spike_rule import (
    RULE,
    SPIKE_SIZES,
    Past,
    SpikeRule,
    Verdict,
    is_spike,
    judge,
    score,
)
from stream.windows.watermark import MINUTE

SPIKE_SPAN = max(SIZES[size] for size in SPIKE_SIZES)

# While an alert is open its key is judged every so many minutes even without new documents.
CHECK_EVERY = 5

MAX_ALERT_EVIDENCE = 5


class KeyEvaluation:
    """Judges the minutes of one key in order. Sees none from `until` on: more may come there."""

    def __init__(self, rule: SpikeRule, snapshot: KeySnapshot, until: int) -> None:
        self._rule = rule
        self._snapshot = snapshot
        self._until = until
        self._buckets = _on_time(snapshot.buckets, until)
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
        return earliest(fresh, next_check(state))

    def _judge(self, state: KeyState, minute: int) -> KeyState:
        past = self._absorb(state, minute - SPIKE_SPAN)
        spikes = [spike for size in SPIKE_SIZES if (spike := self._spike(past, size, minute))]
        worst = max(spikes, key=lambda spike: spike.score, default=None)
        step = alert_states.step(self._rule, self._snapshot.key, state, minute, worst)
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
            past = past.later(minute - at)
            past = past.plus(self._new_texts(minute), bucket.negative, bucket.documents)
            at = minute
        return past.later(until - at)

    def _spike(self, past: Past, size: Size, minute: int) -> Spike | None:
        texts = len(self._texts(minute - SIZES[size], minute))
        if texts < self._rule.smallest:
            return None
        verdict = self._verdict(past, size, minute, texts)
        if not is_spike(self._rule, texts, verdict):
            return None
        fresh = self._buckets.between(minute - 1, minute).negative > 0
        return Spike(size, texts, verdict, score(verdict), fresh)

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
        texts = self._snapshot.texts
        return {text for m in self._buckets.within(start, end) for text in texts.get(m, ())}

    def _new_texts(self, minute: int) -> int:
        # A text that is repeated for an hour counts once in a window, so it does in the past.
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
            id=alert_states.transition_id(about.id, minute, transition),
            alert=about.id,
            rule=RULE,
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
            documents=self._evidence(start, minute),
        )

    def _evidence(self, start: int, end: int) -> list[Evidence]:
        evidence = self._snapshot.evidence
        found = {e.id: e for m in self._buckets.within(start, end) for e in evidence.get(m, ())}
        return sorted(found.values(), key=lambda e: (-e.negative, e.id))[:MAX_ALERT_EVIDENCE]


def next_check(state: KeyState) -> int | None:
    """The minute at which a key with an open alert is judged again even without new documents."""
    if state.alert is None:
        return None
    return (state.evaluated // CHECK_EVERY + 1) * CHECK_EVERY


def _on_time(buckets: Mapping[int, Bucket], until: int) -> Buckets:
    on_time = {m: bucket.on_time for m, bucket in buckets.items() if m < until}
    return Buckets({m: bucket for m, bucket in on_time.items() if bucket.documents})


def _baseline(past: Past, verdict: Verdict) -> Baseline:
    return Baseline(
        negative=round(verdict.expected, 3),
        share=round(verdict.share, 4),
        documents=round(past.documents, 1),
        hours=round(past.minutes / 60, 1),
        count_p_value=float(f"{verdict.count_p_value:.3g}"),
        share_p_value=float(f"{verdict.share_p_value:.3g}"),
    )
