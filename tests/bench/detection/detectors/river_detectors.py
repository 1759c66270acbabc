"""River's anomaly detectors that fit a series of counts, as its documentation sets them up."""

from typing import Any

from river.anomaly import GaussianScorer, HalfSpaceTrees, StandardAbsoluteDeviation
from river.compose import Pipeline
from river.preprocessing import MinMaxScaler

_NAME = "count"


class HalfSpace:
    """Half-space trees on the count, scaled to what was seen. Score: 0 to 1."""

    def __init__(self) -> None:
        self._model: Any = Pipeline(MinMaxScaler(), HalfSpaceTrees(seed=1))

    def absorb(self, count: int) -> None:
        self._model.learn_one({_NAME: count})

    def score(self, count: int) -> float:
        return float(self._model.score_one({_NAME: count}))


class Univariate:
    """A scorer of one number that looks to both sides; only counts above the usual are scored."""

    def __init__(self, model: GaussianScorer | StandardAbsoluteDeviation) -> None:
        self._model: Any = model
        self._sum = self._buckets = 0

    def absorb(self, count: int) -> None:
        self._sum += count
        self._buckets += 1
        self._model.learn_one(None, count)

    def score(self, count: int) -> float:
        if count * self._buckets <= self._sum:
            return 0.0
        return float(self._model.score_one(None, count))


def gaussian() -> Univariate:
    """How far out in a normal distribution the count is. Score: 0 to 1."""
    return Univariate(GaussianScorer(grace_period=20))  # type: ignore[no-untyped-call]


def deviation() -> Univariate:
    """Standard deviations from the mean of all counts."""
    return Univariate(StandardAbsoluteDeviation())
