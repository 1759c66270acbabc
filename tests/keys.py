"""One window key without Redis: what the store would hold of it, driven with literal times."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from random import Random
from typing import NamedTuple

import msgspec

from schemas import Alert, Evidence, Label, SentimentWindow, encode
from schemas.times import from_millis
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.alert_states import KeyState
from stream.windows.buckets import HOPS, SECOND, SECONDS_A_MINUTE, SIZES, Bucket, window
from stream.windows.cells import Cell, EvidenceRow, MinuteCell, Spread, merged
from stream.windows.checks import DueKey, due_keys
from stream.windows.key_evaluation import Evaluator, Judgement, stored_minutes
from stream.windows.past import Past
from stream.windows.spike_rule import SpikeRule
from stream.windows.window_closing import (
    MINUTES_AN_HOUR,
    Hops,
    WindowClosing,
    WindowSnapshot,
    close_windows,
    hours_to_read,
)

# The first minute of a day.
START = 29_000_160

LEANING = {"negative": -90, "neutral": 0, "positive": 80}


class Post(NamedTuple):
    """A document of the key; posts with the same `text` count once among the negative.

    Near the same text came `seen` times before. The model is as sure as `negative`.
    """

    minute: int
    text: str
    label: Label = "negative"
    second: int = 0
    seen: int = 0
    negative: float = 0.9

    @property
    def time(self) -> int:
        """In seconds from the epoch."""
        return self.minute * SECONDS_A_MINUTE + self.second

    @property
    def cell(self) -> Cell:
        negative, positive = int(self.label == "negative"), int(self.label == "positive")
        bucket = Bucket(1, negative, positive, LEANING[self.label])
        if not negative:
            return Cell(bucket)
        spread = [Spread(self.seen, self.text)] if self.seen else []
        return Cell(bucket, [self.text], [self._evidence], spread)

    @property
    def _evidence(self) -> EvidenceRow:
        time = from_millis(self.time * SECOND)
        evidence = Evidence(
            id=self.text,
            text=self.text,
            negative=self.negative,
            published_at=time,
            source="wire",
            arrived_at=time,
        )
        return EvidenceRow(self.negative, self.text, self.seen, encode(evidence).decode())


NAME = "entity:acme"


class Key:
    """What Redis holds of one key, with what judging and closing it has emitted so far.

    So many `checks` are looked at, `minutes` judged and `hours` closed, at once; with `restarts`,
    by a worker that knows nothing of it each time, but what is stored.
    """

    def __init__(
        self,
        rules: SpikeRule | None = None,
        budget: AlarmBudget | None = None,
        *,
        hops: Hops = HOPS,
        checks: int = 64,
        minutes: int = 64,
        hours: int = 1,
        restarts: bool = True,
    ) -> None:
        self.rules = rules or SpikeRule()
        self.budget = budget or AlarmBudget(alarms_per_day=0.1)
        self.hops = hops
        self.windows: dict[str, SentimentWindow] = {}
        self.alerts: list[Alert] = []
        self.timer: int | None = None
        self.buckets: dict[int, Bucket] = {}
        self.hours: dict[int, Bucket] = {}
        self.minutes: dict[int, MinuteCell] = {}
        self.pending: defaultdict[int, dict[int, Cell]] = defaultdict(dict)
        self.checks: dict[str, int] = {}
        self.pieces: list[DueKey] = []
        self._at_once = checks, minutes
        self._hours = hours
        self._restarts = restarts
        self._closed = 0
        self._held: set[int] = set()
        self._state = b"null"
        self._evaluator = self._restarted()

    def add(self, posts: Iterable[Post]) -> None:
        """Count `posts`, as `apply.lua` does."""
        for post in posts:
            self._held.add(post.minute // MINUTES_AN_HOUR)
            self.buckets[post.minute] = self.buckets.get(post.minute, Bucket()) + post.cell.bucket
            seconds = self.pending[post.minute]
            seconds[post.time] = merged([seconds.get(post.time, Cell()), post.cell])
            end = (post.minute + 1) * SECONDS_A_MINUTE
            check = post.time + 1 if post.label == "negative" else end
            self.timer = min(self.timer or post.minute + 1, post.minute + 1)
            name = f"{post.minute}:{NAME}"
            self.checks[name] = min(self.checks.get(name, check), check)

    def close(self, until: int) -> None:
        """Judge and close the key until the minute `until`, as far as it is due."""
        self.judge(until * SECONDS_A_MINUTE)
        while self.timer is not None and self.timer <= until:
            closing = close_windows(self._counts(self.timer), until, self.hops)
            self.windows |= {window.key: window for window in closing.windows}
            self._keep_closing(closing)

    def judge(self, until: int) -> None:
        """Judge the key until the second `until` as far as it is due, and keep what comes of it."""
        while due := self._due(until):
            self.pieces.append(due)
            if self._restarts:
                self._evaluator = self._restarted()
            pending = [self.pending.get(minute, {}) for minute in due.minutes]
            seconds = {second: cell for some in pending for second, cell in some.items()}
            judgement = self._evaluator.judge(seconds, due.until)
            self.alerts += judgement.alerts
            self._keep_judgement(judgement, due)

    def emitted(self) -> tuple[dict[str, bytes], list[bytes]]:
        """The last record of each window, and all alerts, as they go to Kafka."""
        windows = {key: encode(window) for key, window in self.windows.items()}
        return windows, [encode(alert) for alert in self.alerts]

    def transitions(self) -> list[str]:
        return [alert.transition for alert in self.alerts]

    @property
    def past(self) -> Past:
        """What detection holds to be usual."""
        return msgspec.json.decode(self._state, type=KeyState).past

    def _counts(self, due: int) -> WindowSnapshot:
        read = hours_to_read(due, self._hours)
        span = range(read.start * MINUTES_AN_HOUR, read.stop * MINUTES_AN_HOUR)
        return WindowSnapshot(
            key=NAME,
            version="",
            due=due,
            closed_until=self._closed,
            read=read,
            minutes={minute: self.buckets[minute] for minute in span if minute in self.buckets},
            hours=self.hours,
            held=list(self._held),
        )

    def _due(self, until: int) -> DueKey | None:
        limit, room = self._at_once
        found = ((at, name) for name, at in self.checks.items() if at <= until)
        checks = [(name, at) for at, name in nsmallest(limit, found)]
        return next(due_keys(checks, until, limit, room), None)

    def _restarted(self) -> Evaluator:
        state = msgspec.json.decode(self._state, type=KeyState | None)
        span = stored_minutes(state)
        minutes = {minute: self.minutes[minute] for minute in span if minute in self.minutes}
        return Evaluator(self.rules, self.budget, NAME, state, minutes)

    def _keep_closing(self, closing: WindowClosing) -> None:
        self._closed, self.timer, self.hours = closing.until, closing.timer, closing.hours
        for hour in list(self._held) if closing.timer is None else closing.dropped:
            self._held.remove(hour)
            for minute in range(hour * MINUTES_AN_HOUR, (hour + 1) * MINUTES_AN_HOUR):
                self.buckets.pop(minute, None)

    def _keep_judgement(self, judgement: Judgement, due: DueKey) -> None:
        self._state = msgspec.json.encode(judgement.state)
        for minute in judgement.expired:
            del self.minutes[minute]
        self.minutes |= judgement.completed
        for minute in due.minutes:
            over = (minute + 1) * SECONDS_A_MINUTE <= due.until
            if over:
                self.pending.pop(minute, None)
            self._set_check(str(minute), None if over else judgement.check)
        self._set_check("", judgement.wake)

    def _set_check(self, minute: str, at: int | None) -> None:
        self.checks.pop(f"{minute}:{NAME}", None)
        if at is not None:
            self.checks[f"{minute}:{NAME}"] = at


def closed_key(*posts: Iterable[Post], until: int, key: Key | None = None) -> Key:
    """A key, if none is given a new one, with these posts, closed until a minute."""
    key = key or Key()
    for some in posts:
        key.add(some)
    key.close(until)
    return key


def naive_windows(posts: Sequence[Post], hops: Hops) -> dict[str, bytes]:
    """What must be emitted of a key in the end, window by window."""
    expected = {}
    minutes = {post.minute for post in posts}
    for size, length in SIZES.items():
        hop = hops[size]
        first_ends = {minute // hop * hop + hop for minute in minutes}
        for end in {end + step for end in first_ends for step in range(0, length + hop, hop)}:
            inside = [post for post in posts if end - length <= post.minute < end]
            is_new = any(end - hop <= minute < end for minute in minutes)
            was_there = any(end - hop - length <= minute < end - hop for minute in minutes)
            if is_new or (size == "24h" and was_there and not inside):
                content = sum((post.cell.bucket for post in inside), start=Bucket())
                times = (end - length) * 60, end * 60
                record = window("entity", "acme", size, *times, content)
                expected[record.key] = encode(record)
    return expected


def calm(hours: int, start: int = START) -> list[Post]:
    """Four documents an hour, every tenth of them negative."""
    return [
        Post(start + 15 * i, f"calm {i}", "negative" if i % 10 == 3 else "neutral")
        for i in range(4 * hours)
    ]


def busy(days: int, start: int = START) -> list[Post]:
    """A document a minute, every third of them negative."""
    return [
        Post(start + i, f"busy {i}", "negative" if i % 3 == 0 else "neutral")
        for i in range(days * 1_440)
    ]


def burst(start: int, count: int, minutes: int, label: Label = "negative") -> list[Post]:
    """`count` different documents spread evenly over `minutes`."""
    return [Post(start + i * minutes // count, f"burst {i}", label) for i in range(count)]


def bursty(seed: int, days: int) -> Iterator[Post]:
    """About 20 documents an hour, a quarter of them negative, neither of it evenly.

    The hourly rate is gamma with shape 2, the hourly share Beta(6.25, 18.75), and stories come as
    runs of one and a half documents on average, minutes apart.
    """
    random = Random(seed)
    for hour in range(days * 24):
        rate, share = random.gammavariate(2, 10), random.betavariate(6.25, 18.75)
        at = random.expovariate(rate / 1.5)
        while at < 1:
            for minute in _story(random, START + 60 * hour + int(60 * at)):
                label: Label = "negative" if random.random() < share else "neutral"
                yield Post(minute, f"{random.random()}", label)
            at += random.expovariate(rate / 1.5)


def _story(random: Random, minute: int) -> Iterator[int]:
    yield minute
    while random.random() < 1 / 3:
        yield minute + int(random.expovariate(1 / 5))
