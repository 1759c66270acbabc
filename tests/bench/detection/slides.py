"""Slow slides: for three days the rate of negative documents is twice or three times the usual."""

import numpy as np

from tests.bench.detection.backgrounds import DAY, HOUR, Background, background, folded
from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.detectors.detector import Document, Make
from tests.bench.detection.injection import SLIDE, raised
from tests.bench.detection.stocknet import companies
from tests.bench.detection.watching import Branch, delay, rare, watch
from tests.bench.harness import Figures

TIMES = (2, 3)

# By then a slide must be noticed.
_NOTICED = 2 * DAY

# Half a day: a slide is nothing in a minute.
_WIDTH = 12 * HOUR

_LEARNING = 30 * DAY
_FOLDED = (0.1, 50)

# The companies with the most documents, into which slides are injected; all set the threshold.
_MOST = 10
_PLACES = 12


def slide_table(year: list[Document], seeds: int) -> Figures:
    """The share of slides that each detector tells by the second day."""
    rate, days = _FOLDED
    market = [background("market", year, _LEARNING)]
    busy = [
        background("busy", folded(year, rate, days, seed), _LEARNING)
        for seed in range(1, seeds + 1)
    ]
    each = sorted(companies().items(), key=lambda pair: -len(pair[1]))
    single = [
        background(name, documents, _LEARNING)
        for name, documents in each
        if documents[-1].second - documents[0].second > _LEARNING
    ]
    groups = {
        "market as it is": (market, market * seeds),
        f"{rate} negative a minute": (busy, busy),
        f"{_MOST} companies": (single, single[:_MOST] * seeds),
    }
    columns = [f"{name}, {times} x" for name in groups for times in TIMES]
    rows: list[list[str | float]] = [
        [name, *(cell for keys, hit in groups.values() for cell in _cells(make, keys, hit))]
        for name, make in contenders(_WIDTH).items()
    ]
    return Figures("slides of three days told by the second", ["detector", *columns], rows)


def _cells(make: Make, keys: list[Background], hit: list[Background]) -> list[str]:
    least = rare([watch(make, key, []).background for key in keys], sum(key.days for key in keys))
    rng = np.random.default_rng(1)
    found: dict[str, list[bool]] = {str(times): [] for times in TIMES}
    places = max(1, _PLACES // len(hit))
    for key in hit:
        for branch, scores in watch(make, key, _branches(key, places, rng)).branches:
            found[branch.kind].append(delay(branch, scores, least) <= _NOTICED)
    return [f"{sum(some) / len(some):.2f}" for some in found.values()]


def _branches(key: Background, places: int, rng: np.random.Generator) -> list[Branch]:
    return [
        Branch(str(times), at, raised(times, SLIDE)(key, at, rng))
        for at in rng.uniform(key.start, key.end - SLIDE, places)
        for times in TIMES
    ]
