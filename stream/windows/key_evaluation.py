"""Judging a key second by second: which transitions its alert makes.

Documents are held by the second until their minute is over and judged, then by the minute until it
has left the longest window. A key is judged at the end of each second with a negative text, and
of each minute while an alert is open: times that follow from the documents alone, and each is
judged by what came before it. So the outcome does not depend on when, or in how many pieces, it is
done.

A window at such a time is the minute that it lies in, as far as it has come, and whole minutes
before it; one that is longer than an hour begins with an hour.
"""

from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from copy import copy
from itertools import groupby

import msgspec
from msgspec import Struct

from schemas.alert import Alert, Baseline, Evidence, Transition
from schemas.times import from_millis
from schemas.window import Size
from stream.windows import alert_states
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState, OpenAlert, Spike
from stream.windows.buckets import SECOND, SECONDS_A_MINUTE, Bucket, split_key, window
from stream.windows.cells import Cell, MinuteCell, copies_in, merged, most_negative
from stream.windows.horizons import Horizon, Horizons, Place
from stream.windows.outage import SHORTEST_SECONDS, Outage, is_outage
from stream.windows.past import MINUTES_AN_HOUR, Level, Past, counted, hash_of
from stream.windows.reason import reason
from stream.windows.recent_minutes import LONGEST, SHORT, SPIKE_SPAN, RecentMinutes
from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR
from stream.windows.spike_rule import (
    HORIZONS,
    RULE,
    Content,
    SpikeRule,
    Verdict,
    judge,
    judge_closely,
    score,
)

SECONDS_A_DAY = 86_400

# A key of which nothing was heard for so many days begins anew, here as in the store.
FORGOTTEN_DAYS = 35
_FORGOTTEN_SECONDS = FORGOTTEN_DAYS * SECONDS_A_DAY

MAX_ALERT_EVIDENCE = 5

# So many times what is usual of all hours is usual of the busiest, of nearly all keys.
_BUSY_HOUR = 4.0


class Judgement(Struct, frozen=True, kw_only=True):
    """What judging a key until a second came to.

    check: the next second at which the documents given must be judged. wake: the next at which the
    key must be, without further documents. chance: the smallest of all windows that were looked at
    closely; 1 if none was. completed: the minutes that are over, to be stored in place of their
    seconds. expired: minutes stored before that nothing needs again. learning_until: the second
    from which on the key may alert, where it would have and may not yet.
    """

    alerts: list[Alert]
    state: KeyState | None
    check: int | None
    wake: int | None
    chance: float
    completed: dict[int, MinuteCell]
    expired: list[int]
    learning_until: int | None


def judge_key(
    rule: SpikeRule, budget: AlarmBudget, key: str, seconds: Mapping[int, Cell], until: int
) -> list[Alert]:
    """All alerts until the second `until` of a key that has had the documents `seconds`."""
    return Evaluator(rule, budget, key).judge(seconds, until).alerts


class Evaluator:
    """Judges the times of one key in order, in as many pieces as one likes.

    state: what was remembered of it. minutes: those that are over and were stored, of the span of
    `stored_minutes`.
    """

    def __init__(
        self,
        rule: SpikeRule,
        budget: AlarmBudget,
        key: str,
        state: KeyState | None = None,
        minutes: Mapping[int, MinuteCell] | None = None,
    ) -> None:
        self._rule = rule
        self._budget = budget
        self._key = key
        self._horizons: Horizons | None = None
        self._of_company = split_key(key)[0] == "entity"
        # Its own, which it changes; others are given copies.
        self._state = copy(state)
        self._absorbed_until = 0
        self._minutes = RecentMinutes(minutes or {})
        self._begin({}, [])

    @property
    def held_bytes(self) -> int:
        """About how much memory is taken."""
        return self._minutes.held_bytes

    def judge(self, seconds: Mapping[int, Cell], until: int) -> Judgement:
        """Judge the key at every time that is due, up to and including the second `until`.

        `seconds` are all documents of the minutes that were not over when it was judged last, as
        far as they came before `until`. Those from `until` on are not judged: more may come of
        their second.
        """
        order = sorted(seconds)
        self._begin(seconds, order[: bisect_left(order, until)])
        judged = self._state.judged if self._state else 0
        # Nothing opens where no negative text has just come: without an open alert the end of a
        # minute need not be judged.
        for at in _ends_of_texts(seconds, order):
            if judged < at <= until:
                self._check_before(at)
                self._judge(at)
        self._check_before(until + 1)
        self._move_to(until // SECONDS_A_MINUTE)
        self._empty(until // SECONDS_A_MINUTE)
        judgement = Judgement(
            alerts=self._alerts,
            state=copy(self._state),
            check=_check_after(until, seconds, order),
            wake=self._wake(),
            chance=self._chance,
            completed=self._completed,
            expired=self._expired,
            learning_until=self._learning_until,
        )
        # Else the seconds would be in memory for as long as the evaluator is.
        self._begin({}, [])
        return judgement

    def _begin(self, seconds: Mapping[int, Cell], order: list[int]) -> None:
        self._seconds = seconds
        # The first stands last.
        self._ahead = order[::-1]
        self._current = _Minute()
        self._alerts: list[Alert] = []
        self._completed: dict[int, MinuteCell] = {}
        self._expired: list[int] = []
        self._chance = 1.0
        self._learning_until: int | None = None

    def _check_before(self, at: int) -> None:
        """Judge each minute before `at` that an alert is open in."""
        while self._state and (check := next_check(self._state)) and check < at:
            self._judge(check)

    def _judge(self, at: int) -> None:
        self._take_in(at)
        minute = (at - 1) // SECONDS_A_MINUTE
        self._enter(minute)
        if (state := self._state) is None:
            return
        self._absorb(state, minute + 1 - SPIKE_SPAN)
        worst = self._worst_spike(minute, state, at)
        state.judged = at
        if worst is None and state.alert is None:
            return
        step = alert_states.step(self._rule, self._key, state, at, worst)
        self._learning_until = step.learning_until or self._learning_until
        if step.transition and step.about:
            horizons = self._horizons_of(minute, state)
            self._alerts.append(self._alert(step.about, step.transition, at, horizons, worst))
        state.alert, state.quiet_until = step.alert, step.quiet_until

    def _move_to(self, minute: int) -> None:
        """Take in what came before `minute`, as if the end of the last of it had been judged."""
        self._take_in(minute * SECONDS_A_MINUTE)
        self._enter(minute)
        state, last = self._state, self._minutes.last
        if state is None or last is None or state.judged >= (last + 1) * SECONDS_A_MINUTE:
            return
        self._absorb(state, last + 1 - SPIKE_SPAN)
        state.judged = (last + 1) * SECONDS_A_MINUTE

    def _take_in(self, at: int) -> None:
        """Take in the documents before `at`."""
        ahead, seconds = self._ahead, self._seconds
        while ahead and ahead[-1] < at:
            second = ahead.pop()
            minute, cell = second // SECONDS_A_MINUTE, seconds[second]
            if minute != self._current.minute:
                self._enter(minute)
            state = self._state
            if state is None or second - state.latest > _FORGOTTEN_SECONDS:
                self._state = state = _begun(second, of_company=self._of_company)
            if second > state.latest + SHORTEST_SECONDS:
                self._resume(state, second)
            state.latest = max(state.latest, second)
            if cell.texts and not self._current.texts:
                self._know(state, minute)
            self._current.add(second, cell)

    def _resume(self, state: KeyState, second: int) -> None:
        """Tell an outage from a silence in which little was to be expected."""
        minute = second // SECONDS_A_MINUTE
        self._absorb(state, minute + 1 - SPIKE_SPAN)
        # Most keys that are silent have few documents on any day: no more need be worked out.
        average = state.past.documents_an_hour * (second - state.latest) / SECONDS_AN_HOUR
        if not is_outage(average * _BUSY_HOUR):
            return
        horizons = self._horizons_of(minute, state)
        if is_outage(horizons.documents_between(state.latest, second)):
            state.outage = Outage(state.latest, second)

    def _know(self, state: KeyState, minute: int) -> None:
        """Let the current minute know which texts do not count in it."""
        self._current.known = self._minutes
        # A company's story that comes again within a day is no other. Of what is no company a text
        # is a company that is named: it counts anew after an hour.
        if self._of_company:
            self._absorb(state, minute + 1 - SPIKE_SPAN)
            self._current.heard = state.past.heard_since(
                minute // MINUTES_AN_HOUR + 1 - HOURS_A_DAY
            )

    def _enter(self, minute: int) -> None:
        """Let the current minute be over if it lies before `minute`, up to which windows reach."""
        current = self._current
        if current.cells and current.minute < minute:
            whole = self._minutes.add(current.minute, current.cell, current.fresh)
            self._completed[current.minute] = whole
            self._current = _Minute()
        self._minutes.minute = minute

    def _absorb(self, state: KeyState, until: int) -> None:
        """Take the minutes before `until` into the past, and let it be as it is judged by then."""
        if until == self._absorbed_until:
            # All seconds of a minute are judged by the same.
            return
        self._absorbed_until = until
        self._move_to_past(state, until)
        state.past = state.past.later(until // MINUTES_AN_HOUR)
        state.absorbed = max(state.absorbed, until)

    def _move_to_past(self, state: KeyState, until: int) -> None:
        """Take the minutes before `until` into the past, and hold them no more."""
        taken = self._minutes.take_before(until)
        if not taken:
            return
        for minute, _ in taken:
            if self._completed.pop(minute, None) is None:
                self._expired.append(minute)
        # Those before are of a time that is forgotten.
        known = (one for one in taken if one[0] >= state.absorbed)
        for hour, some in groupby(known, key=_hour_of):
            past = state.past.later(hour)
            state.past = past.with_minutes(hour, list(some))

    def _empty(self, minute: int) -> None:
        """Hold no cells of a key that has nothing in its windows at `minute`, nor an open alert."""
        state, last = self._state, self._minutes.last
        if state is None or state.alert or last is None or minute < last + SPIKE_SPAN:
            return
        # Up to the last of them and no further: what follows must be the same to the last bit,
        # whether this was done or not.
        self._move_to_past(state, last + 1)
        self._minutes.minute = minute
        state.absorbed = max(state.absorbed, last)

    def _wake(self) -> int | None:
        if self._state and self._state.alert:
            return next_check(self._state)
        last = self._minutes.last
        return None if last is None else (last + SPIKE_SPAN) * SECONDS_A_MINUTE

    def _horizons_of(self, minute: int, state: KeyState) -> Horizons:
        """The horizons at `minute`: they cost most, and seldom change."""
        past, place = state.past, Place.of(minute, state.quiet_until, state.outage)
        if self._horizons is None or not self._horizons.go_on(past, place):
            self._horizons = Horizons(past, place)
        return self._horizons

    def _worst_spike(self, minute: int, state: KeyState, at: int) -> Spike | None:
        smallest, past = self._rule.smallest, state.past
        recent = self._recent_texts()
        if recent[LONGEST] < smallest and past.recent_texts + recent[LONGEST] < smallest:
            # Most keys, most of the time: what is usual of them need not be worked out.
            return None
        horizons = self._horizons_of(minute, state)
        longest = HORIZONS[state.alert.size] if state.alert else max(HORIZONS.values())
        # What is caught up comes at once: no burst.
        shortest = SPIKE_SPAN if state.outage.is_caught_up(at) else 0
        spikes = (
            self._spike(horizons, size, texts, before, at)
            for size, texts, before in horizons.candidates(recent, smallest)
            if shortest <= HORIZONS[size] <= longest
        )
        return max(filter(None, spikes), key=lambda spike: spike.score, default=None)

    def _spike(
        self, horizons: Horizons, size: Size, texts: int, before: int, at: int
    ) -> Spike | None:
        horizon = horizons.of(size)
        usual = horizons.usual(horizon, at, before)
        content = self._content(horizons, horizon, texts)
        verdict = judge_closely(self._rule, content, usual)
        if verdict is None:
            return None
        self._chance = min(self._chance, verdict.chance)
        if verdict.chance > self._budget.largest_chance(at // SECONDS_A_DAY):
            return None
        fresh = self._current.text_at == at - 1
        return Spike(size, texts, verdict, score(verdict.chance), fresh)

    def _content(self, horizons: Horizons, horizon: Horizon, texts: int) -> Content:
        bucket = counted(self._bucket(horizons, horizon), texts, of_company=self._of_company)
        return Content(texts, bucket.negative, bucket.documents)

    def _bucket(self, horizons: Horizons, horizon: Horizon) -> Bucket:
        recent = self._minutes.bucket(_held_by(horizon.size)) + self._current.bucket
        return horizons.bucket_of(horizon.size) + recent

    def _distinct(self, horizons: Horizons, size: Size) -> int:
        return horizons.texts_of(size) + self._recent_texts()[_held_by(size)]

    def _recent_texts(self) -> dict[Size, int]:
        """Distinct negative texts that are not in the past, by the windows of minutes."""
        current = self._current.fresh
        return {size: fresh + current for size, fresh in self._minutes.fresh().items()}

    def _alert(
        self,
        about: OpenAlert,
        transition: Transition,
        at: int,
        horizons: Horizons,
        spike: Spike | None,
    ) -> Alert:
        horizon = horizons.of(spike.size if spike else "1h")
        content = self._content(horizons, horizon, self._distinct(horizons, horizon.size))
        verdict = spike.verdict if spike else judge(content, horizons.usual(horizon, at))
        kind, subject = split_key(self._key)
        start = horizon.start(at)
        alert = Alert(
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
            window=window(kind, subject, horizon.size, start, at, self._bucket(horizons, horizon)),
            distinct=content.texts,
            baseline=_baseline(horizon.level, verdict),
            documents=self._evidence(start // SECONDS_A_MINUTE, horizons.past),
        )
        return msgspec.structs.replace(alert, reason=reason(alert))

    def _evidence(self, start: int, past: Past) -> list[Evidence]:
        earlier = Cell(evidence=[one.row for one in past.shown if one.minute >= start])
        cells = [earlier, *self._minutes.since(start), self._current.cell]
        rows = [row for cell in cells for row in cell.evidence]
        copies = copies_in(cells)
        return [
            msgspec.structs.replace(
                msgspec.json.decode(row.record, type=Evidence), copies=copies[row.story]
            )
            for row in most_negative(rows, MAX_ALERT_EVIDENCE)
        ]


class _Minute:
    """The minute that is not over yet, second by second."""

    def __init__(self) -> None:
        # Which it is, as soon as it holds a document, and the last second with a negative text.
        self.minute = self.text_at = 0
        self.cells: list[Cell] = []
        self.bucket = Bucket()
        # Its texts, how many of them count, and what does not: texts of the hour before, and the
        # hashes of those heard before that.
        self.texts: set[str] = set()
        self.fresh = 0
        self.known: Container[str] = ()
        self.heard: Container[int] = ()

    @property
    def cell(self) -> Cell:
        return merged(self.cells)

    def add(self, second: int, cell: Cell) -> None:
        """Take in a second behind all others."""
        self.minute = second // SECONDS_A_MINUTE
        self.bucket = self.bucket + cell.bucket if self.cells else cell.bucket
        self.cells.append(cell)
        if cell.texts:
            self.text_at = second
        for text in cell.texts:
            if text not in self.texts:
                self.texts.add(text)
                self.fresh += text not in self.known and hash_of(text) not in self.heard


def next_check(state: KeyState) -> int | None:
    """The second at which a key with an open alert is judged even without new documents."""
    return _end_of_minute(state.judged) if state.alert else None


def stored_minutes(state: KeyState | None) -> range:
    """The minutes that may be stored of a key that is in `state`."""
    # The latest of them is the one that ended when the key was judged last.
    return range(state.absorbed, state.absorbed + SPIKE_SPAN) if state else range(0)


def _ends_of_texts(seconds: Mapping[int, Cell], order: Sequence[int]) -> list[int]:
    """The ends, in `order`, of those seconds that have a negative text."""
    return [second + 1 for second in order if seconds[second].texts]


def _check_after(until: int, seconds: Mapping[int, Cell], order: Sequence[int]) -> int | None:
    """The next second behind `until` at which one of these is judged, or its minute is over."""
    # The minutes before are over.
    rest = order[bisect_left(order, until // SECONDS_A_MINUTE * SECONDS_A_MINUTE) :]
    times = [*_ends_of_texts(seconds, rest), *map(_end_of_minute, rest)]
    return min((at for at in times if at > until), default=None)


def _begun(second: int, *, of_company: bool) -> KeyState:
    """The state of a key whose first document is of `second`."""
    minute = second // SECONDS_A_MINUTE
    past = Past.from_hour(minute // MINUTES_AN_HOUR, of_company=of_company)
    return KeyState(first=second, latest=second, judged=second, absorbed=minute, past=past)


def _hour_of(held: tuple[int, MinuteCell]) -> int:
    return held[0] // MINUTES_AN_HOUR


def _end_of_minute(second: int) -> int:
    return (second // SECONDS_A_MINUTE + 1) * SECONDS_A_MINUTE


def _held_by(size: Size) -> Size:
    """The window of minutes that holds what of a window of `size` is not in the past."""
    return size if size in SHORT else LONGEST


def _baseline(level: Level, verdict: Verdict) -> Baseline:
    return Baseline(
        negative=round(verdict.expected, 3),
        share=round(verdict.share, 4),
        documents=round(level.documents, 1),
        hours=round(level.hours, 1),
        count_p_value=float(f"{verdict.count_chance:.3g}"),
        share_p_value=float(f"{verdict.share_chance:.3g}"),
    )
