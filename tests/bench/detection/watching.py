"""A detector on a key, and on what becomes of it when something is injected."""

import math
from collections.abc import Collection, Sequence
from copy import deepcopy

from msgspec import Struct

from tests.bench.detection.backgrounds import DAY, Background
from tests.bench.detection.detectors.detector import Document, Make, Scores, run, threshold

# Alarms that are accepted where nothing is injected, per day of a key.
FALSE_ALARMS = 1 / 1000

# The highest score of each of these stretches of time is what a tail is fitted to.
_BLOCK = 300.0
_TAIL = 0.1

# The lowest score that can be an alarm at all.
ANY = 1e-9


class Branch(Struct, frozen=True):
    """What comes from the second `at` on in place of the documents of the background."""

    kind: str
    at: float
    documents: list[Document]


class Watched(Struct, frozen=True):
    """The scores of a background since it counts, and of each branch from where it begins."""

    background: Scores
    branches: list[tuple[Branch, Scores]]


def watch(make: Make, key: Background, branches: Sequence[Branch]) -> Watched:
    """Run a detector over a background, and copies of it over each of the branches."""
    detector = make()
    scores: Scores = []
    found: list[tuple[Branch, Scores]] = []
    ahead = sorted(branches, key=lambda branch: -branch.at)
    for document in key.documents:
        while ahead and ahead[-1].at <= document.second:
            branch = ahead.pop()
            found.append((branch, run(deepcopy(detector), branch.documents)))
        score = detector.score(document)
        if score > 0 and document.second >= key.start:
            scores.append((document.second, score))
    return Watched(scores, found)


def rare(scores: Collection[Scores], days: float) -> float:
    """The threshold that is reached by chance `FALSE_ALARMS` times a day.

    `scores` are those of keys of so many days in all. There are fewer of them than it takes to
    see an alarm so rare: the tail of the highest scores of five minutes is taken to fall off
    exponentially, as it does of p-values' logarithms. Where it is heavier, the detector has more
    false alarms than it is charged with here.
    """
    allowed = days * FALSE_ALARMS
    if allowed >= 1:
        return threshold(scores, allowed)
    highest = sorted((score for some in scores for score in _highest(some)), reverse=True)
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


def _highest(scores: Scores) -> list[float]:
    blocks: dict[int, float] = {}
    for second, score in scores:
        block = int(second // _BLOCK)
        blocks[block] = max(score, blocks.get(block, 0.0))
    return list(blocks.values())
