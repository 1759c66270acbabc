"""Judging a key second by second: which transitions its alert makes.

Documents are held by the second until their minute is over and judged, then by the minute. A key
is judged at the end of each second with a negative document, at the end of each minute with any,
and of each minute while an alert is open: times that follow from the documents alone, and each is
judged by what came before it. So the outcome does not depend on when, or how often, it is done.

A window at such a time is the minute that it lies in, as far as it has come, and whole minutes
before it.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from schemas.alert import Alert, Baseline, Evidence, Transition
from schemas.times import from_millis
from stream.windows import alert_states
from stream.windows.alert_states import KeyState, OpenAlert, Spike
from stream.windows.buckets import (
    SECOND,
    SECONDS_A_MINUTE,
    SIZES,
    Bucket,
    Size,
    earliest,
    split_key,
    window,
)
from stream.windows.cells import MAX_EVIDENCE, Cell, EvidenceRow, merged, most_negative
from stream.windows.sliding import SlidingMinutes
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

SPIKE_SPAN = max(SIZES[size] for size in SPIKE_SIZES)

# A key of which nothing was heard for so many days begins anew, here as in the store.
FORGOTTEN_DAYS = 35
_FORGOTTEN_SECONDS = FORGOTTEN_DAYS * 86_400

MAX_ALERT_EVIDENCE = 5


class KeySnapshot(Struct, frozen=True, kw_only=True):
    """What the store holds of a key for its judgement.

    minutes: what is judged, by minute. seconds: what is not, and the minute that is not over, by
    second. version: changes with every document counted.
    """

    key: str
    version: str
    minutes: Mapping[int, Cell]
    seconds: Mapping[int, Cell]
    state: KeyState | None


class Judgement(Struct, frozen=True, kw_only=True):
    """What judging a key until a second came to.

    check: the next second at which the key must be judged. completed: the minutes that are over,
    in place of the seconds `merged`. expired: minutes that nothing needs again.
    """

    alerts: list[Alert]
    state: KeyState | None
    check: int | None
    completed: dict[int, Cell]
    merged: list[int]
    expired: list[int]


def judge_key(rule: SpikeRule, snapshot: KeySnapshot, until: int) -> Judgement:
    """Judge `snapshot`'s key at every time that is due, up to and including the second `until`."""
    evaluation = _Evaluation(rule, snapshot, until)
    evaluation.run()
    return evaluation.judgement()


class _Evaluation:
    """Judges the times of one key in order. Sees no document from `until` on: more may come."""

    def __init__(self, rule: SpikeRule, snapshot: KeySnapshot, until: int) -> None:
        self._rule = rule
        self._snapshot = snapshot
        self._until = until
        self._state = snapshot.state
        self._alerts: list[Alert] = []
        self._seconds = deque(sorted(second for second in snapshot.seconds if second < until))
        self._current = _Minute()
        self._minutes = dict(snapshot.minutes)
        self._order = sorted(self._minutes)
        self._completed: dict[int, Cell] = {}
        self._merged: list[int] = []
        # Without the current minute, which is held by the second.
        self._windows = {size: self._sliding(SIZES[size] - 1) for size in SPIKE_SIZES}
        self._before_absorbed = self._sliding(SPIKE_SPAN - 1)

    def run(self) -> None:
        judged = self._state.judged if self._state else 0
        for at in sorted(_times(self._snapshot.seconds)):
            if judged < at <= self._until:
                self._check_before(at)
                self._judge(at)
        self._check_before(self._until + 1)
        self._take_in(self._until)
        self._complete_before(self._until // SECONDS_A_MINUTE)

    def judgement(self) -> Judgement:
        keep_from = self._state.absorbed - SPIKE_SPAN if self._state else 0
        return Judgement(
            alerts=self._alerts,
            state=self._state,
            check=self._next_check(),
            completed={m: cell for m, cell in self._completed.items() if m >= keep_from},
            merged=self._merged,
            expired=[minute for minute in self._snapshot.minutes if minute < keep_from],
        )

    def _next_check(self) -> int | None:
        over = set(self._merged)
        left = {s: cell for s, cell in self._snapshot.seconds.items() if s not in over}
        documents = min((at for at in _times(left) if at > self._until), default=None)
        return earliest(documents, next_check(self._state) if self._state else None)

    def _sliding(self, length: int) -> SlidingMinutes:
        return SlidingMinutes(self._minutes, self._order, length)

    def _check_before(self, at: int) -> None:
        """Judge each minute before `at` that an alert is open in."""
        while self._state and (check := next_check(self._state)) and check < at:
            self._judge(check)

    def _judge(self, at: int) -> None:
        self._take_in(at)
        minute = (at - 1) // SECONDS_A_MINUTE
        self._complete_before(minute)
        if (state := self._state) is None:
            return
        past = self._absorb(state, minute + 1 - SPIKE_SPAN)
        spikes = [spike for size in SPIKE_SIZES if (spike := self._spike(past, size, at))]
        worst = max(spikes, key=lambda spike: spike.score, default=None)
        step = alert_states.step(self._rule, self._snapshot.key, state, at, worst)
        if step.transition and step.about:
            self._alerts.append(self._alert(step.about, step.transition, at, past, worst))
        self._state = KeyState(
            first=state.first,
            latest=state.latest,
            judged=at,
            absorbed=max(state.absorbed, minute + 1 - SPIKE_SPAN),
            past=past,
            alert=step.alert,
            quiet_until=step.quiet_until,
        )

    def _take_in(self, at: int) -> None:
        """Take in the documents before `at`."""
        while self._seconds and self._seconds[0] < at:
            second = self._seconds.popleft()
            self._complete_before(second // SECONDS_A_MINUTE)
            self._current.add(second, self._snapshot.seconds[second])
            self._state = _heard(self._state, second)

    def _complete_before(self, minute: int) -> None:
        """Make a cell of the current minute if it lies before `minute`."""
        current = self._current
        if not current.seconds or current.minute >= minute:
            return
        self._completed[current.minute] = cell = merged(current.seconds.values())
        self._minutes[current.minute] = cell
        self._order.append(current.minute)
        self._merged += current.seconds
        self._current = _Minute()

    def _absorb(self, state: KeyState, until: int) -> Past:
        past, at = state.past, state.absorbed
        if until <= at:
            return past
        first, end = bisect_left(self._order, at), bisect_left(self._order, until)
        for minute in self._order[first:end]:
            cell = self._minutes[minute]
            past = past.later(minute - at)
            past = past.plus(
                self._new_texts(minute, cell), cell.bucket.negative, cell.bucket.documents
            )
            at = minute
        return past.later(until - at)

    def _new_texts(self, minute: int, cell: Cell) -> int:
        # A text that is repeated for an hour counts once in a window, so it does in the past.
        self._before_absorbed.move_to(minute)
        return _count_new(cell.texts, self._before_absorbed)

    def _spike(self, past: Past, size: Size, at: int) -> Spike | None:
        texts = self._distinct(size, at)
        if texts < self._rule.smallest:
            return None
        verdict = self._verdict(past, size, at, texts)
        if not is_spike(self._rule, texts, verdict):
            return None
        return Spike(size, texts, verdict, score(verdict), self._current.is_negative_at(at - 1))

    def _verdict(self, past: Past, size: Size, at: int, texts: int) -> Verdict:
        content = self._content(size, at)
        return judge(
            past,
            texts=texts,
            negative=content.negative,
            documents=content.documents,
            minutes=(at - _start(size, at)) / SECONDS_A_MINUTE,
        )

    def _window(self, size: Size, at: int) -> SlidingMinutes:
        window = self._windows[size]
        window.move_to((at - 1) // SECONDS_A_MINUTE)
        return window

    def _content(self, size: Size, at: int) -> Bucket:
        return self._window(size, at).bucket + self._current.bucket

    def _distinct(self, size: Size, at: int) -> int:
        window = self._window(size, at)
        return len(window.texts) + _count_new(self._current.texts, window)

    def _alert(
        self, about: OpenAlert, transition: Transition, at: int, past: Past, spike: Spike | None
    ) -> Alert:
        size: Size = spike.size if spike else "1h"
        texts = self._distinct(size, at)
        verdict = spike.verdict if spike else self._verdict(past, size, at, texts)
        kind, subject = split_key(self._snapshot.key)
        return Alert(
            id=alert_states.transition_id(about.id, at, transition),
            alert=about.id,
            rule=RULE,
            transition=transition,
            severity=about.severity,
            score=about.score,
            kind=kind,
            subject=subject,
            opened_at=from_millis(about.opened * SECOND),
            at=from_millis(at * SECOND),
            window=window(kind, subject, size, _start(size, at), at, self._content(size, at)),
            distinct=texts,
            baseline=_baseline(past, verdict),
            documents=self._evidence(_start(size, at) // SECONDS_A_MINUTE),
        )

    def _evidence(self, start: int) -> list[Evidence]:
        cells = [self._minutes[m] for m in self._order[bisect_left(self._order, start) :]]
        rows = [row for cell in cells for row in cell.evidence] + self._current.evidence
        best = most_negative(rows, MAX_ALERT_EVIDENCE)
        return [msgspec.json.decode(text, type=Evidence) for _, _, text in best]


class _Minute:
    """The minute that is not over yet, second by second."""

    def __init__(self) -> None:
        self.seconds: dict[int, Cell] = {}
        self.bucket = Bucket()
        self.texts: set[str] = set()

    @property
    def minute(self) -> int:
        """Which it is; it must hold a document."""
        return next(iter(self.seconds)) // SECONDS_A_MINUTE

    @property
    def evidence(self) -> list[EvidenceRow]:
        rows = (row for cell in self.seconds.values() for row in cell.evidence)
        return most_negative(rows, MAX_EVIDENCE)

    def add(self, second: int, cell: Cell) -> None:
        self.seconds[second] = cell
        self.bucket += cell.bucket
        self.texts.update(cell.texts)

    def is_negative_at(self, second: int) -> bool:
        return second in self.seconds and self.seconds[second].bucket.negative > 0


def next_check(state: KeyState) -> int | None:
    """The second at which a key with an open alert is judged even without new documents."""
    return _end_of_minute(state.judged) if state.alert else None


def _times(seconds: Mapping[int, Cell]) -> set[int]:
    """The times at which documents of these seconds are judged."""
    negative = {second + 1 for second, cell in seconds.items() if cell.bucket.negative}
    return negative | {_end_of_minute(second) for second in seconds}


def _heard(state: KeyState | None, second: int) -> KeyState:
    """The state of a key, if it has one, that has a document at `second`."""
    if state is None or second - state.latest > _FORGOTTEN_SECONDS:
        minute = second // SECONDS_A_MINUTE
        return KeyState(first=second, latest=second, judged=second, absorbed=minute)
    return msgspec.structs.replace(state, latest=max(state.latest, second))


def _end_of_minute(second: int) -> int:
    return (second // SECONDS_A_MINUTE + 1) * SECONDS_A_MINUTE


def _start(size: Size, at: int) -> int:
    """Where a window of `size` begins that reaches into the minute before or around `at`."""
    return ((at - 1) // SECONDS_A_MINUTE + 1 - SIZES[size]) * SECONDS_A_MINUTE


def _count_new(texts: Iterable[str], window: SlidingMinutes) -> int:
    return sum(text not in window.texts for text in texts)


def _baseline(past: Past, verdict: Verdict) -> Baseline:
    return Baseline(
        negative=round(verdict.expected, 3),
        share=round(verdict.share, 4),
        documents=round(past.documents, 1),
        hours=round(past.minutes / 60, 1),
        count_p_value=float(f"{verdict.count_p_value:.3g}"),
        share_p_value=float(f"{verdict.share_p_value:.3g}"),
    )
