"""S-H-ESD, as Twitter's AnomalyDetection has it, on the counts of a key.

Hochenbaum, Vallis, Kejariwal: Automatic Anomaly Detection in the Cloud Via Statistical Learning
(2017). The seasonal component and the median are taken from the counts; what is left is tested by
the generalised ESD (Rosner 1983), with the median in place of the mean and the median absolute
deviation in place of the standard deviation. The test is made on a batch; here it cleans the past
now and then, and the bucket that is not over is measured by its statistic.
"""

from collections import deque
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# From the median absolute deviation to the standard deviation of a normal distribution.
_TO_DEVIATION = 1.4826

# Most counts of a quiet key are the same, and their deviation 0: then all others would be outliers.
_SMALLEST_DEVIATION = 0.3

# Share of the past that may be outliers, and the level of the test: Twitter's defaults.
_MAX_SHARE = 0.02
_LEVEL = 0.05

# Slots of the season: more would each be learnt from too few buckets.
_SLOTS = 24


class SeasonalEsd:
    """Robust deviations above what is usual at this time of the season of `period` buckets."""

    def __init__(self, period: int, window: int) -> None:
        self._period = period
        self._slots = min(period, _SLOTS)
        self._counts: deque[int] = deque(maxlen=window)
        self._buckets = 0
        self._usual = np.zeros(self._slots)
        self._deviation = 0.0

    def absorb(self, count: int) -> None:
        self._counts.append(count)
        self._buckets += 1
        if self._buckets % self._period == 0:
            self._learn()

    def score(self, count: int) -> float:
        if not self._deviation:
            return 0.0
        return float(count - self._usual[self._slot(self._buckets)]) / self._deviation

    def _learn(self) -> None:
        if len(self._counts) < 2 * self._period:
            return
        counts = np.array(self._counts, dtype=np.float64)
        slots = self._slot(np.arange(self._buckets - len(counts), self._buckets))
        season = np.array([counts[slots == slot].mean() for slot in range(self._slots)])
        median = float(np.median(counts))
        left = counts - season[slots] - median
        kept = np.delete(left, outliers(left, int(_MAX_SHARE * len(left))))
        middle, self._deviation = _middle(kept)
        self._usual = season + median + middle

    def _slot(self, bucket: int | Ints) -> Any:
        return bucket % self._period * self._slots // self._period


def outliers(values: Floats, most: int) -> list[int]:
    """Where the outliers are by the generalised ESD with median and MAD: `most` at most."""
    places = np.arange(len(values))
    removed: list[int] = []
    found = 0
    for number in range(1, most + 1):
        middle, deviation = _middle(values[places])
        far = np.abs(values[places] - middle)
        worst = int(far.argmax())
        removed.append(int(places[worst]))
        if far[worst] / deviation > _critical(len(values), number):
            found = number
        places = np.delete(places, worst)
    return removed[:found]


@cache
def _critical(count: int, number: int) -> float:
    """Rosner's critical value for the `number`th outlier of `count` values."""
    left = count - number + 1
    quantile = float(student.ppf(1 - _LEVEL / (2 * left), left - 2))
    return (left - 1) * quantile / float(np.sqrt((left - 2 + quantile**2) * left))


def _middle(values: Floats) -> tuple[float, float]:
    middle = float(np.median(values))
    deviation = _TO_DEVIATION * float(np.median(np.abs(values - middle)))
    return middle, max(deviation, _SMALLEST_DEVIATION)
