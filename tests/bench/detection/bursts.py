"""Bursts, storms and outages injected into keys of different rates: who notices what, and when."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from tests.bench.detection import poisson_oracle
from tests.bench.detection.backgrounds import DAY, HOUR, MINUTE, Background, background
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.injection import BURST, Event, notices, outage, raised, several, storm
from tests.bench.detection.made_keys import made
from tests.bench.detection.stocknet import companies
from tests.bench.detection.trials import Outcome, Sighting, outcomes, sighting, thresholds
from tests.bench.detection.watching import ANY, FALSE_ALARMS, Branch
from tests.bench.harness import Figures

# A burst of a made key is so many times the usual; one of a company so many texts, since of two
# negative ones a month there is no multiple.
TIMES = (5, 3)
TEXTS = (5, 3)

MINUTES = (1, 2, 5, 10)

# What else is injected may last so long.
_MARGIN = 4 * HOUR

# Of the rate that a key has by name, the least and the most that it may have where a burst begins:
# at night it is a key of another rate.
_RATES = (0.5, 2.0)

# What must raise no alarm.
_NO_NEWS: dict[str, Event] = {"storm": storm, "notices": notices, "outage": outage}


class Level(Struct, frozen=True):
    """Made keys of one rate, in negative documents a minute.

    width: seconds of a bucket of those detectors that watch a series of counts. learning: days
    before anything counts. days: those that count. keys: how many for each seed. bursts: how many
    of a size each key has, and others: of each thing that is no news.
    """

    rate: float
    width: float
    learning: int
    days: int
    keys: int
    bursts: int
    others: int

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return f"{self.rate} negative a minute"


# The busier a key, the more its days cost: the busiest ones have fewer of them.
LEVELS = (
    Level(0.02, 5 * MINUTE, learning=35, days=250, keys=8, bursts=8, others=2),
    Level(0.2, 5 * MINUTE, learning=35, days=100, keys=5, bursts=10, others=2),
    Level(2.0, MINUTE, learning=28, days=25, keys=2, bursts=25, others=6),
    Level(6.0, MINUTE, learning=28, days=12, keys=1, bursts=40, others=12),
)

# The companies of the tweets, of which one has a negative document in two weeks.
_COMPANIES = "88 companies as they are"
_COMPANY_WIDTH = HOUR
_COMPANY_LEARNING = 35 * DAY


class Trial(Struct, frozen=True):
    """All detectors on the keys of one kind.

    bursts: the kinds of bursts that there were. rates: the usual ones where they began, if they
    are multiples of these.
    """

    name: str
    days: float
    bursts: list[str]
    rates: list[float]
    outcomes: dict[str, Outcome]

    def oracle(self, kind: str, minutes: float) -> float | None:
        """The share that a Poisson oracle would find; None if it knows of no rate."""
        if not self.rates:
            return None
        found = [
            poisson_oracle.found(rate, _times(kind), minutes, FALSE_ALARMS) for rate in self.rates
        ]
        return sum(found) / len(found)


class Unit(Struct, frozen=True):
    """What one process does at a time: a made key, or all companies. level: None of these."""

    level: Level | None
    seed: int


class Done(Struct, frozen=True):
    """What became of a unit."""

    sightings: list[Sighting]
    rates: list[float]


def burst(times: float) -> str:
    """The kind of a burst of so many times the usual rate."""
    return f"{times} x"


def units(seeds: int) -> list[Unit]:
    """All that is to be done; what takes longest comes first."""
    levels = [Unit(one, seed) for one in LEVELS[::-1] for seed in range(one.keys * seeds)]
    return [*levels, Unit(None, 0)]


def run(unit: Unit, year: list[Document]) -> Done:
    """All detectors on the keys of a unit, and on what is injected into them."""
    rng = np.random.default_rng(unit.seed)
    if unit.level is None:
        return Done(_on_companies(rng), [])
    level = unit.level
    documents = made(year, level.rate, level.learning + level.days, unit.seed)
    key = background(level.name, documents, level.learning * DAY)
    branches = _branches(level, key, rng)
    rates = [key.rate(one.at) for one in branches if one.kind == burst(TIMES[0])]
    return Done([sighting(key, branches, level.width)], rates)


def trials(done: Sequence[tuple[Unit, Done]]) -> list[Trial]:
    """What was done, by kind of keys."""
    found = []
    for level in (*LEVELS, None):
        some = [one for unit, one in done if unit.level == level]
        sightings = _sightings(some)
        found.append(
            Trial(
                name=level.name if level else _COMPANIES,
                days=sum(one.days for one in sightings),
                bursts=list(map(burst, TIMES) if level else map(_texts, TEXTS)),
                rates=[rate for each in some for rate in each.rates],
                outcomes=outcomes(sightings, thresholds(sightings)),
            )
        )
    return found


def burst_table(on: Trial) -> Figures:
    """What each detector told of the events on one kind of keys."""
    spans = [(kind, minutes) for kind in on.bursts for minutes in MINUTES]
    rows: list[list[str | float]] = [
        [
            name,
            *(_cell(outcome.share(kind, MINUTE * minutes)) for kind, minutes in spans),
            *(_cell(outcome.share(kind)) if kind in outcome.delays else "" for kind in _NO_NEWS),
            f"{outcome.threshold:.3g}" if outcome.threshold > ANY else "any",
        ]
        for name, outcome in on.outcomes.items()
    ]
    if on.rates:
        oracle = [_cell(on.oracle(kind, minutes)) for kind, minutes in spans]
        rows.append(["(Poisson oracle, at most)", *oracle, *("" for _ in _NO_NEWS), ""])
    title = (
        f"{on.name}: bursts told within minutes, and false alarms;"
        f" thresholds from {on.days:,.0f} key-days"
    )
    columns = [f"{kind} {minutes} min" for kind, minutes in spans]
    others = [f"false: {kind}" for kind in _NO_NEWS]
    return Figures(title, ["detector", *columns, *others, "threshold"], rows)


def pooled_table(done: Sequence[tuple[Unit, Done]]) -> Figures:
    """What each detector tells of bursts on all made keys with one threshold for all of them."""
    least = thresholds(_sightings(one for unit, one in done if unit.level))
    found = [
        outcomes(_sightings(one for unit, one in done if unit.level == level), least)
        for level in LEVELS
    ]
    spans = [(times, minutes) for times in TIMES for minutes in (2, 10)]
    rows: list[list[str | float]] = [
        [
            name,
            *(
                _cell(level[name].share(burst(times), MINUTE * minutes))
                for level in found
                for times, minutes in spans
            ),
            f"{threshold:.3g}",
        ]
        for name, threshold in least.items()
    ]
    columns = [
        f"{level.rate}: {burst(times)} {minutes} min"
        for level in LEVELS
        for times, minutes in spans
    ]
    title = "one threshold for the made keys of all rates: bursts told within minutes"
    return Figures(title, ["detector", *columns, "threshold"], rows)


def _sightings(done: Iterable[Done]) -> list[Sighting]:
    return [one for each in done for one in each.sightings]


def _branches(level: Level, key: Background, rng: np.random.Generator) -> list[Branch]:
    some = [
        Branch(burst(times), at, raised(times, BURST)(key, at, rng))
        for at in _busy(level, key, rng)
        for times in TIMES
    ]
    some += [
        Branch(kind, at, event(key, at, rng))
        for kind, event in _NO_NEWS.items()
        for at in rng.uniform(key.start, key.end - _MARGIN, level.others)
    ]
    return some


def _busy(level: Level, key: Background, rng: np.random.Generator) -> list[float]:
    """Times at which the key has about the rate that it is named after."""
    least, most = (level.rate * part for part in _RATES)
    at = rng.uniform(key.start, key.end - _MARGIN, 20 * level.bursts)
    return [one for one in at if least <= key.rate(one) <= most][: level.bursts]


def _on_companies(rng: np.random.Generator) -> list[Sighting]:
    found = []
    for name, documents in companies().items():
        known = documents[-1].second - documents[0].second
        if known <= _COMPANY_LEARNING + _MARGIN or not any(one.negative for one in documents):
            continue
        key = background(name, documents, _COMPANY_LEARNING)
        at = float(rng.uniform(key.start, key.end - _MARGIN))
        branches = [Branch(_texts(some), at, several(some, BURST)(key, at, rng)) for some in TEXTS]
        found.append(sighting(key, branches, _COMPANY_WIDTH))
    return found


def _texts(number: int) -> str:
    return f"{number} texts"


def _times(kind: str) -> float:
    return float(kind.split(maxsplit=1)[0])


def _cell(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"
