"""What goes into a fault run: half a day of calm with two bursts, and what senders do wrong."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

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

# Seconds that a document is behind: on time, late, and too late for its windows.
_BEHIND = (0, 0, 0, 0, 0, 0, 5, 5, 5, 60, 400, 2_000)


def documents(seed: int, *, late: bool) -> Iterator[bytes | None]:
    """`COUNT` values of input records, in order but for some; with `late`, some come late."""
    chance = Random(seed)
    now, said = START, text(chance, _NEUTRAL)
    for number in range(COUNT):
        burst = any(number in span for span in _BURSTS)
        now += timedelta(seconds=chance.uniform(5, 20) if burst else chance.uniform(60, 240))
        if chance.random() < _GARBAGE_SHARE:
            yield chance.choice(_GARBAGE)
            continue
        if chance.random() > _COPY_SHARE:
            said = text(chance, _label(chance, burst), "Acme" if burst else None)
        behind = chance.choice(_BEHIND if late else _BEHIND[:-3])
        yield _document(f"d{number}", said, now - timedelta(seconds=behind))


def text(chance: Random, label: int, name: str | None = None) -> str:
    """A text that nobody has said before, with the verb of `label`."""
    subject = name or chance.choice(("Acme", "Bolt", "Acme and Bolt", "Nobody"))
    return f"{subject} {VERBS[label]} {VERBS[label]} {chance.randrange(10**6)}"


def _label(chance: Random, burst: bool) -> int:
    if burst:
        return chance.choices((_NEGATIVE, _NEUTRAL), (9, 1))[0]
    return chance.choices((_NEGATIVE, _NEUTRAL, _POSITIVE), (1, 12, 7))[0]


def _document(name: str, said: str, published: datetime) -> bytes:
    return orjson.dumps({"id": name, "text": said, "published_at": published})
