"""Detectors of a plain series of (timestamp, value)."""

import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

from scipy.special import betainc

from stream.series import series_detector
from tests.bench.detection.detectors.surprise import log_tail

DAY = 86_400.0


class SeriesDetector(Protocol):
    """Watches one series."""

    def step(self, timestamp: float, value: float, /) -> float:
        """How anomalous the next value is, 0 to 1."""
        ...


class Null:
    """Says nothing: 0 points by definition."""

    def step(self, timestamp: float, value: float) -> float:
        return 0.5


class WindowedGaussian:
    """NAB's: the tail of a normal distribution fitted to the last 6,400 values.

    The window moves in steps of 100, as in the run of which the results are published.
    """

    _WINDOW = 6400
    _STEP = 100
    _SMALLEST_DEVIATION = 1e-6
    # As many digits as the published scores have: the very small tails are all the same.
    _DIGITS = 12

    def __init__(self) -> None:
        self._values: deque[float] = deque()
        self._waiting: list[float] = []
        self._sum = self._squares = 0.0
        # Sums of squares lose their digits where values are large and lie close together.
        self._origin = 0.0

    def step(self, timestamp: float, value: float) -> float:
        if not self._values:
            self._origin = value
        score = self._score(value - self._origin) if self._values else 0.0
        self._waiting.append(value - self._origin)
        if len(self._values) < self._WINDOW or len(self._waiting) == self._STEP:
            self._move()
        return score

    def _score(self, value: float) -> float:
        mean = self._sum / len(self._values)
        variance = self._squares / len(self._values) - mean * mean
        deviation = math.sqrt(max(variance, 0.0)) or self._SMALLEST_DEVIATION
        tail = 0.5 * math.erfc(abs(value - mean) / deviation / math.sqrt(2))
        return round(1 - tail, self._DIGITS)

    def _move(self) -> None:
        full = len(self._values) >= self._WINDOW
        for value in self._waiting:
            self._values.append(value)
            self._sum += value
            self._squares += value * value
            if full:
                old = self._values.popleft()
                self._sum -= old
                self._squares -= old * old
        self._waiting.clear()


class NegativeBinomial:
    """A mean and a dispersion with five days' half-life; the smaller of the two tails."""

    _HALF_LIFE = 5 * DAY
    _LARGEST_SHAPE = 1e6
    _SMALLEST_MEAN = 0.01

    def __init__(self) -> None:
        self._last: float | None = None
        self._weight = self._mean = self._variance = 0.0

    def step(self, timestamp: float, value: float) -> float:
        value = max(value, 0.0)
        if self._last is not None:
            self._weight *= 0.5 ** (max(timestamp - self._last, 0.0) / self._HALF_LIFE)
        score = self._score(value) if self._weight > 1 else 0.0
        self._last = timestamp
        self._learn(value)
        return score

    def _score(self, value: float) -> float:
        mean = max(self._mean, self._SMALLEST_MEAN)
        over = self._variance - mean
        shape = min(mean * mean / over, self._LARGEST_SHAPE) if over > 0 else self._LARGEST_SHAPE
        share = mean / (mean + shape)
        upper = float(betainc(value, shape, share)) if value else 1.0
        lower = 1 - float(betainc(value + 1, shape, share))
        return _unit(log_tail(min(upper, lower)))

    def _learn(self, value: float) -> None:
        self._weight += 1
        off = value - self._mean
        share = 1 / self._weight
        self._mean += share * off
        self._variance = (1 - share) * (self._variance + share * off * off)


def series_detectors() -> dict[str, Callable[[], SeriesDetector]]:
    """A maker of each, by name."""
    return {
        "null": Null,
        "windowed Gaussian": WindowedGaussian,
        "negative binomial": NegativeBinomial,
        "Petrel": series_detector.SeriesDetector,
    }


def _unit(surprise: float) -> float:
    return surprise / (1 + surprise)
