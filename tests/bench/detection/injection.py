"""What is injected into a key: events that must be noticed, and others that must not.

Each gives all documents of the key from a second on until the event is over.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from tests.bench.detection.backgrounds import DAY, HOUR, MINUTE, Background
from tests.bench.detection.detectors.detector import Document

BURST = 10 * MINUTE
SLIDE = 3 * DAY

_COPIES = 500
_NOTICES = 200
_OUTAGE = 3 * HOUR
# A catch-up comes within so many seconds; a poll's documents within one.
_CATCH_UP = 60.0
_POLL = 5 * MINUTE

# From a background, the second at which it begins, and a source of chance to documents.
Event = Callable[[Background, float, np.random.Generator], list[Document]]


def raised(times: float, seconds: float) -> Event:
    """`times` the usual rate of negative documents, for so many seconds."""

    def event(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
        return _more(key, at, [times] * round(seconds / MINUTE), rng)

    return event


def rising(times: float, seconds: float) -> Event:
    """From the usual rate of negative documents little by little to `times` it."""

    def event(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
        return _more(key, at, np.linspace(1, times, round(seconds / MINUTE)).tolist(), rng)

    return event


def several(texts: int, seconds: float) -> Event:
    """So many more negative documents within so many seconds."""

    def event(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
        added = [_new(key, at + rng.uniform(0, seconds), rng) for _ in range(texts)]
        return _merged(between(key, at, at + seconds), added)

    return event


def storm(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
    """500 copies of one negative story in ten minutes."""
    story = _new(key, at, rng)
    copies = [replace(story, second=at + rng.uniform(0, BURST)) for _ in range(_COPIES)]
    return _merged(between(key, at, at + BURST), copies)


def notices(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
    """200 negative notices of one mould in ten minutes, each with words of its own."""
    mould = int(rng.integers(1, 2**62))
    added = [
        replace(_new(key, at + rng.uniform(0, BURST), rng), mould=mould) for _ in range(_NOTICES)
    ]
    return _merged(between(key, at, at + BURST), added)


def outage(key: Background, at: float, _: np.random.Generator) -> list[Document]:
    """Nothing for three hours, then all of it within a minute, and ten minutes as ever."""
    back = at + _OUTAGE
    late = between(key, at, back)
    caught_up = [
        replace(one, second=back + _CATCH_UP * place / len(late), published=one.second)
        for place, one in enumerate(late)
    ]
    return _merged(between(key, back, back + BURST), caught_up)


def pulsed(documents: Sequence[Document]) -> list[Document]:
    """The documents as a feed has them that is polled every five minutes."""
    return [
        replace(one, second=(one.second // _POLL + 1) * _POLL + (one.second % _POLL) / _POLL)
        for one in documents
    ]


def with_rhythm(documents: Sequence[Document], rng: np.random.Generator) -> list[Document]:
    """The documents without nine of ten at night, fewer of them the nearer it is to noon."""
    return [one for one in documents if rng.random() < 1 - 1.8 * abs(one.second % DAY / DAY - 0.5)]


def between(key: Background, start: float, end: float) -> list[Document]:
    """The key's documents from `start` to `end`."""
    seconds = [bisect_left(key.documents, at, key=lambda one: one.second) for at in (start, end)]
    return key.documents[slice(*seconds)]


def _more(
    key: Background, at: float, times: Sequence[float], rng: np.random.Generator
) -> list[Document]:
    """The key's documents with so many times the negative ones in each minute."""
    minutes = [at + MINUTE * place for place in range(len(times))]
    usual = [key.rate(minute) for minute in minutes]
    more = rng.poisson([(by - 1) * rate for by, rate in zip(times, usual, strict=True)])
    starts = np.repeat(minutes, more)
    added = [_new(key, start + rng.uniform(0, MINUTE), rng) for start in starts]
    return _merged(between(key, at, at + MINUTE * len(times)), added)


def _new(key: Background, second: float, rng: np.random.Generator) -> Document:
    """One of the key's negative documents, with a text that never came before."""
    like = key.negative[rng.integers(len(key.negative))]
    return replace(like, second=float(second), text=-int(rng.integers(1, 2**62)))


def _merged(one: list[Document], other: list[Document]) -> list[Document]:
    return sorted(one + other, key=lambda document: document.second)
