"""What goes into a schedule: documents live, polled, old and badly clocked, poison, heartbeats."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import orjson

from bundle.classifier import Prediction
from bundle.tokens import Reading, Tokens
from schemas.times import to_millis
from stream import heartbeat
from stream.records import Outgoing
from stream.watchlist.company import WatchedCompany

START = datetime(2026, 3, 17, 8, tzinfo=UTC)
END = datetime(2026, 3, 19, 8, tzinfo=UTC)

WATCHLIST = [WatchedCompany("acme", ["Acme"], [], []), WatchedCompany("bolt", ["Bolt"], [], [])]

_STEPS = (0, 0, 1, 5, 20, 20, 60, 90, 400)
# Seconds from the claimed time until a document is there; behind the hour it is stale.
_DELAYS = (0, 0, 0, 90, 240, 900, 3_600, 3_601, 20_000, -3_540)
# Seconds by which the clock that stamps a record may be wrong.
_CLOCK_ERRORS = (0, 0, 0, 0, 0, -40, -1_200, 3_540)
# A feed that is polled brings several at once, and then nothing for five minutes.
_PULSE = (0, 0, 0, 300)
_GARBAGE = (b"\xff", b"{}", b'{"text": 1e999}', b'{"titel": "b"}', None)


class Constant:
    """A classifier that goes by one word of the text, and fails on the word `poison`."""

    name = "constant"
    version = "0123456789ab"

    def tokenize(self, readings: Sequence[Reading]) -> list[Tokens]:
        return [Tokens([0] * len(one.text.split()), one, []) for one in readings]

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        return [_prediction(tokens.reading.text) for tokens in batch]


def _prediction(text: str) -> Prediction:
    if "poison" in text:
        raise RuntimeError("the device is out of memory")
    topics = [("deals", 0.8)] if "plant" in text else []
    if "falls" in text:
        return Prediction((0.9, 0.08, 0.02), topics, [])
    return Prediction((0.1, 0.7, 0.2) if "holds" in text else (0.05, 0.15, 0.8), topics, [])


def records(rng: Random, topic: str, partition: int, count: int) -> Iterator[Outgoing]:
    """`count` records of one input partition."""
    now, text = START, "Acme falls"
    steps = rng.choice((_STEPS, _STEPS, _PULSE))
    for number in range(count):
        now += timedelta(seconds=rng.choice(steps))
        kind = rng.random()
        if kind < 0.06:
            yield beat(topic, partition, now - timedelta(seconds=30))
        elif kind < 0.12:
            garbage = rng.choice(_GARBAGE)
            yield Outgoing(topic, b"k", garbage, partition, [("trace", b"\xff")], to_millis(now))
        else:
            text = text if kind < 0.25 else _text(rng, f"{partition}x{number}")
            yield _document(rng, topic, partition, text, now)


def beat(topic: str, partition: int, until: datetime) -> Outgoing:
    """A heartbeat: the partition is complete up to `until`."""
    return Outgoing(topic, b"k", None, partition, heartbeat.headers(to_millis(until)))


def _text(rng: Random, name: str) -> str:
    subject = rng.choice(("Acme", "Bolt", "Acme and Bolt", "Nobody"))
    verb = rng.choice(
        ("falls", "falls", "holds", "rises", "poison")
        if name[-1] == "7"
        else ("falls", "falls", "holds", "rises")
    )
    return f"{subject} {verb} {rng.choice(('plant', 'court'))} {name} {rng.random():.9f}"


def _document(rng: Random, topic: str, partition: int, text: str, now: datetime) -> Outgoing:
    published = now - timedelta(seconds=rng.choice(_DELAYS))
    fields = {"text": text, "published_at": published}
    if rng.random() < 0.2:
        # Senders do use an id twice.
        fields["id"] = f"d{rng.randrange(8)}"
    stamp = to_millis(now + timedelta(seconds=rng.choice(_CLOCK_ERRORS)))
    return Outgoing(topic, b"k", orjson.dumps(fields), partition, [("trace", b"\x00")], stamp)
