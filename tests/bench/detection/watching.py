"""A detector on a key, and on what becomes of it when something is injected."""

import math
from bisect import bisect_left
from collections.abc import Collection, Sequence
from copy import deepcopy
from itertools import islice

from msgspec import Struct

from tests.bench.detection.backgrounds import DAY, Background
from tests.bench.detection.detectors.detector import Document, Make, Scores, run, threshold

# Alarms that are accepted where nothing is injected, per day of a key.
FALSE_ALARMS = 1 / 1000

# The highest score of each of these stretches of time is what a tail is fitted to.
_BLOCK = 3600.0
_TAIL = 0.1

# The lowest score that can be an alarm at all.
ANY = 1e-9


class Branch(Struct, frozen=True):
    """What comes from the second `at` on in place of the documents of the background."""

    kind: str
    at: float
    documents: list[Document]


class Watched(Struct, frozen=True):
    """The scores of a background since it counts, and of each branch from where it begins.

    Of each five minutes of a background the highest, and of a branch those that are higher than
    all before: what a threshold needs, and no more.
    """

    background: Scores
    branches: list[tuple[Branch, Scores]]


def watch(make: Make, key: Background, branches: Sequence[Branch]) -> Watched:
    """Run a detector over a background, and copies of it over each of the branches."""
    detector = make()
    learnt = bisect_left(key.documents, key.start, key=_second)
    if learnt:
        detector.learn(islice(key.documents, learnt))
    scores: Scores = []
    found: list[tuple[Branch, Scores]] = []
    ahead = sorted(branches, key=lambda branch: -branch.at)
    for document in islice(key.documents, learnt, None):
        while ahead and ahead[-1].at <= document.second:
            branch = ahead.pop()
            found.append((branch, _records(run(deepcopy(detector), branch.documents))))
        score = detector.score(document)
        if score > 0:
            scores.append((document.second, score))
    return Watched(_highest(scores), found)


def rare(scores: Collection[Scores], days: float) -> float:
    """The threshold that is reached by chance `FALSE_ALARMS` times a day.

    `scores` are those of keys of so many days in all. There are fewer of them than it takes to
    see an alarm so rare: the tail of the highest scores of hours is taken to fall off
    exponentially, as it does of p-values' logarithms. Where it is heavier, the detector has more
    false alarms than it is charged with here.
    """
    allowed = days * FALSE_ALARMS
    if allowed >= 1:
        return threshold(scores, allowed)
    highest = sorted((score for some in scores for _, score in _highest(some)), reverse=True)
    tail = highest[: int(days * DAY / _BLOCK * _TAIL)]
    if not tail:
        return ANY
    least = tail[-1]
    excess = sum(tail) / len(tail) - least
    # What was reached in these few days is reached more often than is allowed.
    return max(least + excess * math.log(len(tail) / allowed), math.nextafter(tail[0], math.inf))


def delay(branch: Branch, scores: Scores, least: float) -> float:
    """Seconds until a branch reaches the threshold `least`; infinite if it does not."""
    reached = (second for second, score in scores if score >= least)
    return next(reached, math.inf) - branch.at


def _highest(scores: Scores) -> Scores:
    blocks: dict[int, tuple[float, float]] = {}
    for second, score in scores:
        block = int(second // _BLOCK)
        if block not in blocks or blocks[block][1] < score:
            blocks[block] = second, score
    return list(blocks.values())


def _records(scores: Scores) -> Scores:
    records: Scores = []
    for second, score in scores:
        if not records or score > records[-1][1]:
            records.append((second, score))
    return records


def _second(document: Document) -> float:
    return document.second
