"""Keys of the rates that busy ones have, made of the real documents of a year.

All tweets of the year together hold six negative ones a day, and a key may have as many a minute.
So up to 25 real years are laid over one another, each played as much faster as the rate asks for:
what was a day of bad news is an hour of more of it, and clusters, copies and chains of news stay
as they were. The rhythm of hours and weekdays is taken out first and put back at its own speed, and
so is how much is said on one day and on another. Of five years a key of two a minute had bursts of
five times the usual of its own, which nobody can tell from those that are injected; of many more
the numbers vary as those of a Poisson process, which no real key is.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tests.bench.detection.backgrounds import DAY, HOUR, MINUTE
from tests.bench.detection.detectors.detector import Document

# The share of a made key's documents that is negative, as of a newswire on companies: of the
# tweets it is one in eighteen, and nine tenths of all time would go by on the others.
SHARE = 1 / 3

# Years that are laid over one another at most; fewer if they would pass slower than the real one.
_MAX_YEARS = 25

# Real years whose days make one as loud as it is.
_LOUD_YEARS = 5

_HOURS_A_WEEK = 168
_HOURS_A_DAY = 24

# The first of January 1970 was a Thursday: made keys begin on the first Monday behind it.
_MONDAY = 4 * DAY

# Texts of one year must not look like copies of those of another.
_MARK = 0x9E3779B97F4A7C15

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def made(
    year: Sequence[Document], per_minute: float, days: int, seed: int, share: float = SHARE
) -> list[Document]:
    """`days` days of a key with so many negative documents a minute on average.

    Of the documents that are not negative so many are left out that `share` of all are.
    """
    rng = np.random.default_rng(seed)
    seconds = np.array([one.second for one in year])
    negative = np.array([one.negative for one in year])
    kept = negative.sum() * (1 / share - 1) / (~negative).sum()
    evenly, lasts = _without_rhythm(seconds)
    rate = per_minute * lasts / MINUTE / negative.sum()
    years = max(1, min(_MAX_YEARS, int(rate)))
    faster = rate / years
    clock, turn = _clock(seconds, days, rng)
    parts: list[tuple[Floats, Ints, int]] = []
    for _ in range(years):
        for lap in range(int(np.ceil(clock[-1] / lasts * faster)) + 1):
            of = np.flatnonzero(negative | (rng.random(len(year)) < kept))
            # Each time round it begins elsewhere: else all years would come back together.
            at = ((evenly[of] - rng.uniform(0, lasts)) % lasts + lap * lasts) / faster
            parts.append((at, of, len(parts) + 1))
    return _documents(year, parts, clock, turn)


def _documents(
    year: Sequence[Document], parts: list[tuple[Floats, Ints, int]], clock: Floats, turn: Floats
) -> list[Document]:
    """The documents by the hands of a `clock`, which show the times `turn`."""
    at = np.concatenate([one for one, _, _ in parts])
    of = np.concatenate([one for _, one, _ in parts])
    marks = np.concatenate([np.full(len(one), mark) for _, one, mark in parts])
    order = np.argsort(at)
    order = order[: np.searchsorted(at[order], clock[-1])]
    seconds = np.interp(at[order], clock, turn)
    rows = zip(seconds.tolist(), of[order].tolist(), marks[order].tolist(), strict=True)
    return [
        Document(second, year[one].negative, year[one].probability, year[one].text ^ mark * _MARK)
        for second, one, mark in rows
    ]


def _without_rhythm(seconds: Floats) -> tuple[Floats, float]:
    """The times of documents had the week no rhythm, from 0 on, and how long all lasts."""
    hours = (seconds // HOUR).astype(int)
    lasts = _week(hours)[np.arange(hours[0], hours[-1] + 2) % _HOURS_A_WEEK]
    passed = np.concatenate([[0.0], np.cumsum(lasts)])
    at = passed[hours - hours[0]] + seconds % HOUR / HOUR * lasts[hours - hours[0]]
    return at * HOUR, float(passed[-1]) * HOUR


def _clock(seconds: Floats, days: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Times at which all was said evenly, and those to which they belong, for so many days.

    It goes by the hours of the week, and by how much is said on days that follow each other.
    """
    week = _week((seconds // HOUR).astype(int))
    first = int(_MONDAY // HOUR)
    hourly = week[np.arange(first, first + days * _HOURS_A_DAY) % _HOURS_A_WEEK]
    loud = _loudness(seconds, week)
    starts = rng.integers(0, len(loud), _LOUD_YEARS)
    daily = np.mean([loud[(start + np.arange(days)) % len(loud)] for start in starts], axis=0)
    lasts = hourly * np.repeat(daily, _HOURS_A_DAY)
    passed = np.concatenate([[0.0], np.cumsum(lasts / lasts.mean())])
    return passed * HOUR, np.arange(first, first + len(passed), dtype=np.float64) * HOUR


def _week(hours: Ints) -> Floats:
    """How much is said in each hour of the week, 1 on average."""
    counts = np.bincount(hours % _HOURS_A_WEEK, minlength=_HOURS_A_WEEK) + 1.0
    return np.asarray(counts / counts.mean())


def _loudness(seconds: Floats, week: Floats) -> Floats:
    """How much is said on each day of the year, 1 on average, beside what is usual of weekdays."""
    days = (seconds // DAY).astype(int)
    counts = np.bincount(days - days[0])
    hours = np.arange(days[0], days[0] + len(counts))[:, None] * _HOURS_A_DAY
    usual = week[(hours + np.arange(_HOURS_A_DAY)) % _HOURS_A_WEEK].mean(axis=1)
    loud = counts / usual
    return np.asarray(loud / loud.mean())
