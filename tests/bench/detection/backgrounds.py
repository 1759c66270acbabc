"""Keys of the rates that busy ones have, made of the real documents of a year.

All tweets of the year together hold six negative ones a day. A key that has two a minute is a sum
of many such streams: so it is folded, each of its days being the sum of days drawn at random from
the real ones, each moved by up to half an hour. The rhythm of a day, copies and small clusters
stay; that all of a market turns on one day does not, or very little. The other extreme is the
year compressed in time, its rhythm taken out: there a real day of bad news becomes a burst of
minutes, which nobody can tell from one that is injected.
"""

import random
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from tests.bench.detection.detectors.detector import Document

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

# Texts of one draw of a day must not look like copies of those of another.
_DRAW = 0x9E3779B97F4A7C15

# How far a day that is drawn may be moved.
_MOVED = 1800.0


class Background(Struct, frozen=True):
    """A key without anything injected: its documents, from when on it counts, when it ends.

    negative: those of its documents that are. usual: how many of them a minute has, by the hour of
    the day.
    """

    name: str
    documents: list[Document]
    negative: list[Document]
    start: float
    end: float
    usual: list[float]

    @property
    def days(self) -> float:
        """How many key-days count."""
        return (self.end - self.start) / DAY

    def rate(self, second: float) -> float:
        """The usual number of negative documents a minute at `second`."""
        return self.usual[int(second % DAY // HOUR)]


def background(name: str, documents: list[Document], learning: float) -> Background:
    """A key of these documents; its first `learning` seconds do not count."""
    first, end = documents[0].second, documents[-1].second
    negative = [document for document in documents if document.negative]
    hours = np.array([document.second % DAY // HOUR for document in negative])
    minutes = (end - first) / DAY * 60
    usual = np.bincount(hours.astype(int), minlength=24) / minutes
    return Background(name, documents, negative, first + learning, end, usual.tolist())


def folded(year: Sequence[Document], per_minute: float, days: int, seed: int) -> list[Document]:
    """`days` days of a key with so many negative documents a minute on average."""
    rng = random.Random(seed)
    real = list(_workdays(year).values())
    negative = sum(document.negative for day in real for document in day) / len(real)
    folds = max(1, round(per_minute * 24 * 60 / negative))
    documents = []
    for day in range(days):
        for draw in range(folds):
            moved = rng.uniform(-_MOVED, _MOVED)
            mark = (day * folds + draw + 1) * _DRAW
            documents += [
                replace(one, second=day * DAY + (one.second + moved) % DAY, text=one.text ^ mark)
                for one in rng.choice(real)
            ]
    return sorted(documents, key=_second)


def compressed(year: Sequence[Document], per_minute: float) -> list[Document]:
    """The year in so short a time, without its weekly rhythm, that it has this rate."""
    hours = np.array([int(document.second // HOUR) for document in year])
    profile = np.bincount(hours % 168, minlength=168) + 1.0
    # The time that has passed by the beginning of each hour, where an hour lasts as its usual
    # number of documents is to the average.
    lasts = profile[np.arange(hours[0], hours[-1] + 2) % 168] / profile.mean()
    passed = np.concatenate([[0.0], np.cumsum(lasts)])
    seconds = np.array([document.second for document in year])
    at = passed[hours - hours[0]] + (seconds % HOUR / HOUR) * lasts[hours - hours[0]]
    negative = sum(document.negative for document in year)
    scale = negative / per_minute * MINUTE / at[-1]
    return [replace(one, second=float(t)) for one, t in zip(year, at * scale, strict=True)]


def _workdays(year: Sequence[Document]) -> dict[int, list[Document]]:
    days: defaultdict[int, list[Document]] = defaultdict(list)
    for document in year:
        day = int(document.second // DAY)
        # The first of January 1970 was a Thursday.
        if (day + 3) % 7 < 5:
            days[day].append(document)
    return dict(days)


def _second(document: Document) -> float:
    return document.second
