"""What goes into a fault run: half a day of calm with two bursts, and what senders do wrong."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import orjson

from tests.simulation.documents import START

WATCHLIST = "entities: [{id: acme, names: [Acme]}, {id: bolt, names: [Bolt]}]"

# A verb for each label: negative, neutral, positive.
VERBS = ("falls", "holds", "rises")
_NEGATIVE, _NEUTRAL, _POSITIVE = range(3)

COUNT = 300
# Past the history that a key needs before it may alert.
_BURSTS = (range(200, 225), range(265, 285))

_GARBAGE = (b"\xff\xfe not UTF-8", b"{", b"{}", b'{"text": ""}', None)
_GARBAGE_SHARE = 0.03
_COPY_SHARE = 0.1
# So many that each shard is likely to have keys, when sources have windows.
_SENDERS = 64

# Seconds from the claimed time until a document is there; some are stale by then.
_DELAYS = (0, 0, 0, 0, 0, 0, 5, 60, 400, 2_000, 3_700, 90_000)


class Made(NamedTuple):
    """The value of an input record, and when it arrives."""

    value: bytes | None
    arrived: datetime


def documents(seed: int) -> Iterator[Made]:
    """`COUNT` input records in order of their arrival."""
    rng = Random(seed)
    now, said = START, text(rng, _NEUTRAL)
    for number in range(COUNT):
        burst = any(number in span for span in _BURSTS)
        now += timedelta(seconds=rng.uniform(5, 20) if burst else rng.uniform(60, 240))
        if rng.random() < _GARBAGE_SHARE:
            yield Made(rng.choice(_GARBAGE), now)
            continue
        if rng.random() > _COPY_SHARE:
            said = text(rng, _label(rng, burst), "Acme" if burst else None)
        published = now - timedelta(seconds=rng.choice(_DELAYS))
        sender = f"sender-{number % _SENDERS}"
        yield Made(_document(f"d{number}", said, published, source=sender), now)


def read(path: Path) -> Iterator[Made]:
    """The documents of a file of JSON lines, each with a `text` and `ts`, the time it arrives."""
    for number, line in enumerate(path.read_bytes().splitlines()):
        row = orjson.loads(line)
        arrived = datetime.fromisoformat(row["ts"])
        yield Made(_document(f"d{number}", row["text"], arrived), arrived)


def text(rng: Random, label: int, name: str | None = None) -> str:
    """A text that nobody has said before, with the verb of `label`."""
    subject = name or rng.choice(("Acme", "Bolt", "Acme and Bolt", "Nobody"))
    return f"{subject} {VERBS[label]} {VERBS[label]} {rng.randrange(10**6)}"


def _label(rng: Random, burst: bool) -> int:
    if burst:
        return rng.choices((_NEGATIVE, _NEUTRAL), (9, 1))[0]
    return rng.choices((_NEGATIVE, _NEUTRAL, _POSITIVE), (1, 12, 7))[0]


def _document(name: str, said: str, published: datetime, **others: str) -> bytes:
    return orjson.dumps({"id": name, "text": said, "published_at": published, **others})
