"""Bursts, storms and outages injected into keys of different rates: who notices what, and when."""

import math

import numpy as np
from msgspec import Struct

from tests.bench.detection import poisson_oracle
from tests.bench.detection.backgrounds import DAY, HOUR, Background, background, compressed, folded
from tests.bench.detection.detectors.contenders import contenders
from tests.bench.detection.detectors.detector import Document, Make, alarms
from tests.bench.detection.injection import BURST, outage, pulsed, raised, storm, with_rhythm
from tests.bench.detection.watching import ANY, FALSE_ALARMS, Branch, delay, rare, watch
from tests.bench.harness import Figures

TIMES = (5, 3)

# Negative documents a minute, and days of a key with so many.
_FOLDED = ((0.1, 40), (0.5, 15), (2.0, 8), (6.0, 7))
_COMPRESSED = 0.2

# Seconds before anything counts, and of a bucket of those that watch a series of counts.
_LEARNING = 5 * DAY
_WIDTH = 60.0

_BURSTS = 20
_OTHERS = 4

# What is injected may last so long.
_MARGIN = 4 * HOUR


class Outcome(Struct, frozen=True):
    """What a detector did on the keys of one kind: its threshold, and seconds to each event."""

    threshold: float
    delays: dict[str, list[float]]

    def share(self, kind: str, seconds: float = math.inf) -> float:
        """The share of the events of a kind that it told within so many seconds."""
        delays = self.delays[kind]
        return sum(delay < math.inf and delay <= seconds for delay in delays) / len(delays)


class Trial(Struct, frozen=True):
    """All detectors on the keys of one kind. rates: the usual ones where bursts were."""

    name: str
    days: float
    rates: list[float]
    outcomes: dict[str, Outcome]

    def oracle(self, times: float, minutes: float) -> float:
        """What a Poisson oracle would find."""
        found = [poisson_oracle.found(rate, times, minutes, FALSE_ALARMS) for rate in self.rates]
        return sum(found) / len(found)


def burst(times: int) -> str:
    """The kind of a burst of so many times the usual rate."""
    return f"{times} x"


def kinds() -> list[str]:
    """The kinds of keys that there are, by name."""
    return [_folded(rate) for rate, _ in _FOLDED] + [_compressed()]


def trial(kind: str, year: list[Document], seeds: int) -> Trial:
    """All detectors on as many keys of a kind as `seeds`; of the year compressed there is one."""
    if kind == _compressed():
        return _trial([background(kind, compressed(year, _COMPRESSED), _LEARNING)])
    rate, days = next((rate, days) for rate, days in _FOLDED if _folded(rate) == kind)
    made = [folded(year, rate, days, seed) for seed in range(1, seeds + 1)]
    return _trial([background(kind, documents, _LEARNING) for documents in made])


def burst_table(on: Trial) -> Figures:
    """What each detector told of the events on one kind of keys."""
    spans = [(times, minutes) for times in TIMES for minutes in (2, 10)]
    rows: list[list[str | float]] = [
        [
            name,
            *(_cell(outcome.share(burst(times), 60 * minutes)) for times, minutes in spans),
            _cell(outcome.share("storm")),
            _cell(outcome.share("outage")),
            f"{outcome.threshold:.3g}" if outcome.threshold > ANY else "any",
        ]
        for name, outcome in on.outcomes.items()
    ]
    oracle = [_cell(on.oracle(times, minutes)) for times, minutes in spans]
    rows.append(["(Poisson oracle, at most)", *oracle, "", "", ""])
    title = f"{on.name}: bursts and false alarms in {on.days:.1f} key-days"
    columns = [f"{times} x in {minutes} min" for times, minutes in spans]
    others = ["false: storms", "false: outages", "threshold"]
    return Figures(title, ["detector", *columns, *others], rows)


def feed_table(year: list[Document], seeds: int) -> Figures:
    """Alarms on a key of 0.5 a minute with a stronger rhythm, and on one that is polled."""
    rate, days = _FOLDED[1]
    plain = [folded(year, rate, days, seed) for seed in range(1, seeds + 1)]
    ways = {
        "as it is": plain,
        "strong rhythm": [with_rhythm(one, np.random.default_rng(1)) for one in plain],
        "polled every 5 minutes": [pulsed(one) for one in plain],
    }
    keys = {way: [background(way, one, _LEARNING) for one in some] for way, some in ways.items()}
    rows: list[list[str | float]] = []
    for name, make in contenders(_WIDTH).items():
        scores = {way: [watch(make, key, []).background for key in of] for way, of in keys.items()}
        least = rare(scores["as it is"], _days(keys["as it is"]))
        raised = [sum(len(alarms(one, least)) for one in some) for some in scores.values()]
        rows.append([name, *raised])
    title = f"alarms in {_days(keys['as it is']):.1f} key-days of {rate} negative a minute"
    return Figures(title, ["detector", *ways], rows)


def _folded(rate: float) -> str:
    return f"{rate} negative a minute, folded"


def _compressed() -> str:
    return f"{_COMPRESSED} negative a minute, the year compressed"


def _trial(keys: list[Background]) -> Trial:
    rng = np.random.default_rng(len(keys))
    branches = [_branches(key, rng) for key in keys]
    bursts = [
        key.rate(branch.at)
        for key, some in zip(keys, branches, strict=True)
        for branch in some
        if branch.kind == burst(TIMES[0])
    ]
    outcomes = {name: _outcome(make, keys, branches) for name, make in contenders(_WIDTH).items()}
    return Trial(keys[0].name, _days(keys), bursts, outcomes)


def _outcome(make: Make, keys: list[Background], branches: list[list[Branch]]) -> Outcome:
    watched = [watch(make, key, some) for key, some in zip(keys, branches, strict=True)]
    least = rare([one.background for one in watched], _days(keys))
    delays: dict[str, list[float]] = {}
    for one in watched:
        for branch, scores in one.branches:
            delays.setdefault(branch.kind, []).append(delay(branch, scores, least))
    return Outcome(least, delays)


def _branches(key: Background, rng: np.random.Generator) -> list[Branch]:
    branches = [
        Branch(burst(times), at, raised(times, BURST)(key, at, rng))
        for at in rng.uniform(key.start, key.end - _MARGIN, _BURSTS)
        for times in TIMES
    ]
    for at in rng.uniform(key.start, key.end - _MARGIN, _OTHERS):
        branches.append(Branch("storm", at, storm(key, at, rng)))
        branches.append(Branch("outage", at, outage(key, at, rng)))
    return branches


def _days(keys: list[Background]) -> float:
    return sum(key.days for key in keys)


def _cell(share: float) -> str:
    return f"{share:.2f}"
