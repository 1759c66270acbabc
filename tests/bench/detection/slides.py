"""Slow slides: for three days more negative documents than usual, and no more of the others."""

import numpy as np

from tests.bench.detection.backgrounds import DAY, HOUR, Background, background
from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.detectors.detector import Document, Make
from tests.bench.detection.injection import SLIDE, Event, raised, rising
from tests.bench.detection.made_keys import made
from tests.bench.detection.stocknet import companies
from tests.bench.detection.watching import Branch, delay, rare, watch
from tests.bench.harness import Figures

# At once to so many times the usual, or little by little.
_SLIDES: dict[str, Event] = {
    "2 x": raised(2, SLIDE),
    "3 x": raised(3, SLIDE),
    "up to 4 x": rising(4, SLIDE),
}

# By then a slide must be noticed.
_NOTICED = 2 * DAY

# Half a day: a slide is nothing in a minute.
_WIDTH = 12 * HOUR

_LEARNING = 35
_DAYS = 60
# How many keys there are, by their rate. Constants were chosen on keys of lower seeds.
_KEYS = {0.02: 10, 0.2: 2}
_FIRST_SEED = 101

# The companies with the most documents, into which slides are injected; all set the threshold.
_MAX_COMPANIES = 10

# Slides of each kind that are injected into a key; of a company there is one.
_PLACES = 12


def slide_table(year: list[Document], seeds: int) -> Figures:
    """The share of slides that each detector tells by the second day."""
    learning = _LEARNING * DAY
    market = [background("market", year, learning)]
    each = sorted(companies().items(), key=lambda pair: -len(pair[1]))
    single = [
        background(name, documents, learning)
        for name, documents in each
        if documents[-1].second - documents[0].second > learning
    ]
    groups = {
        f"{_MAX_COMPANIES} companies": (single, single[:_MAX_COMPANIES], seeds),
        "all tweets": (market, market, _PLACES * seeds),
    }
    for rate, keys in _KEYS.items():
        busy = [
            background("busy", made(year, rate, _LEARNING + _DAYS, seed), learning)
            for seed in range(_FIRST_SEED, _FIRST_SEED + keys * seeds)
        ]
        groups[f"{rate} a minute"] = busy, busy, _PLACES
    columns = [f"{name}: {slide}" for name in groups for slide in _SLIDES]
    rows: list[list[str | float]] = [
        [name, *(cell for group in groups.values() for cell in _cells(make, *group))]
        for name, make in contenders(_WIDTH).items()
    ]
    return Figures("slides of three days told by the second", ["detector", *columns], rows)


def _cells(make: Make, keys: list[Background], hit: list[Background], places: int) -> list[str]:
    least = rare([watch(make, key, []).background for key in keys], sum(key.days for key in keys))
    rng = np.random.default_rng(1)
    found: dict[str, list[bool]] = {slide: [] for slide in _SLIDES}
    for key in hit:
        for branch, scores in watch(make, key, _branches(key, places, rng)).branches:
            found[branch.kind].append(delay(branch, scores, least) <= _NOTICED)
    return [f"{sum(some) / len(some):.2f}" for some in found.values()]


def _branches(key: Background, places: int, rng: np.random.Generator) -> list[Branch]:
    return [
        Branch(slide, at, event(key, at, rng))
        for at in rng.uniform(key.start, key.end - SLIDE, places)
        for slide, event in _SLIDES.items()
    ]
