"""One window key without Redis: what the store would hold of it, driven with literal minutes."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

import msgspec

from schemas import Alert, Evidence, Label, SentimentWindow, encode
from schemas.times import from_millis
from stream.windows.alert_states import KeyState
from stream.windows.buckets import Bucket
from stream.windows.closing import Closing, close
from stream.windows.key_snapshot import KeySnapshot
from stream.windows.spike_rule import Past, SpikeRule
from stream.windows.watermark import MINUTE

# The first minute of a day.
START = 29_000_160

LEANING = {"negative": -90, "neutral": 0, "positive": 80}


class Post(NamedTuple):
    """A document of the key; posts with the same `text` count once among the negative."""

    minute: int
    text: str
    label: Label = "negative"
    late: bool = False

    @property
    def bucket(self) -> Bucket:
        lean, late = LEANING[self.label], int(self.late)
        negative, positive = int(self.label == "negative"), int(self.label == "positive")
        own = (negative, positive, lean)
        late_negative, late_positive, late_lean = (late * value for value in own)
        return Bucket(1, *own, late, late_negative, late_positive, late_lean)

    @property
    def evidence(self) -> Evidence:
        time = from_millis(self.minute * MINUTE)
        return Evidence(
            id=self.text, text=self.text, negative=0.9, published_at=time, source="wire"
        )


class Key:
    """The hash of one key and its timer, with what closing it has emitted so far."""

    def __init__(self, rules: SpikeRule | None = None, grace: int = 0) -> None:
        self.rules = rules or SpikeRule()
        self.grace = grace
        self.windows: dict[str, SentimentWindow] = {}
        self.alerts: list[Alert] = []
        self.timer: int | None = None
        self.buckets: dict[int, Bucket] = {}
        self._texts: dict[int, set[str]] = {}
        self._evidence: dict[int, list[Evidence]] = {}
        self._closed: int | None = None
        self._dirty: int | None = None
        self._state = b"null"

    def add(self, posts: Iterable[Post]) -> None:
        """Count `posts`, as `apply.lua` does."""
        for post in posts:
            self.buckets[post.minute] = self.buckets.get(post.minute, Bucket()) + post.bucket
            self.timer = min(self.timer or post.minute + 1, post.minute + 1)
            if self._closed is not None and post.minute < self._closed:
                self._dirty = min(self._dirty or post.minute, post.minute)
            if post.label == "negative" and not post.late:
                self._texts.setdefault(post.minute, set()).add(post.text)
                self._evidence.setdefault(post.minute, []).append(post.evidence)

    def close(self, until: int) -> None:
        """Close the key if its timer is due, and keep what comes of it."""
        if self.timer is None or self.timer > until:
            return
        closing = close(self.rules, self._snapshot(), until, self.grace)
        self.windows |= {window.key: window for window in closing.windows}
        self.alerts += closing.alerts
        self._keep(closing, until)

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

    def _snapshot(self) -> KeySnapshot:
        return KeySnapshot(
            key="entity:acme",
            closed_until=self._closed,
            version="",
            reads="",
            dirty_from=self._dirty,
            buckets=self.buckets,
            texts={minute: sorted(texts) for minute, texts in self._texts.items()},
            evidence=self._evidence,
            state=msgspec.json.decode(self._state, type=KeyState | None),
        )

    def _keep(self, closing: Closing, until: int) -> None:
        self._state = msgspec.json.encode(closing.state)
        self._closed, self._dirty, self.timer = until, None, closing.timer
        for minute in closing.expired:
            del self.buckets[minute]
            self._texts.pop(minute, None)
            self._evidence.pop(minute, None)


def calm(hours: int, start: int = START) -> list[Post]:
    """Four documents an hour, every tenth of them negative."""
    return [
        Post(start + 15 * i, f"calm {i}", "negative" if i % 10 == 3 else "neutral")
        for i in range(4 * hours)
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
