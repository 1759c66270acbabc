"""The market of a newswire, on a day on which nearly all that is said is negative.

A year of 200 documents an hour by day, fewer at night and at weekends, of which a third are
negative; then as many as ever, and three of four are.
"""

import numpy as np
from msgspec.structs import replace

from stream.settings import load
from stream.windows.alarm_budget import DAYS, AlarmBudget
from tests.bench.detection.backgrounds import DAY, HOUR, MINUTE, Background, background
from tests.bench.detection.detectors.detector import Document, alarms
from tests.bench.detection.detectors.surprise import log_tail
from tests.bench.detection.injection import between
from tests.bench.detection.made_keys import SHARE, made
from tests.bench.detection.trials import Outcome, outcomes, sighting, thresholds
from tests.bench.detection.watching import Branch
from tests.bench.harness import Figures

# The contender whose settings are known.
_PETREL = "Petrel"

# Negative documents a minute over the year, so that there are 200 documents an hour by day.
_RATE = 0.62
_DAYS = 365
_LEARNING = 300
_WIDTH = 5 * MINUTE

_TURNED = 0.75
_LASTS = 3 * HOUR
_MINUTES = (5, 15, 60, 180)

# Hours of the day, in UTC, between which the market turns.
_OPEN = (12, 19)
_TURNS = 20


def newswire_table(year: list[Document], seeds: int) -> Figures:
    """The share of days on which each detector told within minutes that the market had turned."""
    seen, tests = [], 0.0
    for seed in range(1, seeds + 1):
        key = background("all", made(year, _RATE, _DAYS, seed), _LEARNING * DAY)
        tests = len(key.negative) / _DAYS
        seen.append(sighting(key, _branches(key, np.random.default_rng(seed)), _WIDTH))
    rows = [_row(name, one, "0.001") for name, one in outcomes(seen, thresholds(seen)).items()]
    least = _default_threshold(tests)
    raised = sum(len(alarms(one.watched[_PETREL].background, least)) for one in seen)
    false = raised / sum(one.days for one in seen)
    by_default = outcomes(seen, {_PETREL: least})[_PETREL]
    rows.insert(1, _row("Petrel, default settings", by_default, f"{false:.3f}"))
    title = (
        f"market of a newswire, {SHARE:.0%} negative, then {_TURNED:.0%}: told within minutes;"
        f" thresholds from {sum(one.days for one in seen):.0f} key-days behind {_LEARNING}"
    )
    minutes = [f"{one} min" for one in _MINUTES]
    return Figures(title, ["detector", *minutes, "false a day", "threshold"], rows)


def _row(name: str, outcome: Outcome, false: str) -> list[str | float]:
    told = [f"{outcome.share('turned', MINUTE * minutes):.2f}" for minutes in _MINUTES]
    return [name, *told, false, f"{outcome.threshold:.3g}"]


def _default_threshold(tests: float) -> float:
    """That of Petrel when the key is all that it watches, and has so many tests a day."""
    budget = AlarmBudget(load().alarms_per_day)
    budget.tests = dict.fromkeys(range(DAYS), round(tests))
    return log_tail(budget.largest_chance(DAYS))


def turned(key: Background, at: float, rng: np.random.Generator) -> list[Document]:
    """The key's documents for some hours, of which so many more are negative."""
    some = between(key, at, at + _LASTS)
    turns = (_TURNED - SHARE) / (1 - SHARE)
    return [replace(one, negative=one.negative or rng.random() < turns) for one in some]


def _branches(key: Background, rng: np.random.Generator) -> list[Branch]:
    days = rng.choice(np.arange(key.start // DAY + 1, key.end // DAY - 1), 3 * _TURNS)
    # The first of January 1970 was a Thursday.
    workdays = [day for day in days if (day + 3) % 7 < 5][:_TURNS]
    times = [float(day * DAY + rng.uniform(*_OPEN) * HOUR) for day in workdays]
    return [Branch("turned", at, turned(key, at, rng)) for at in times]
