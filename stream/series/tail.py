"""How rare it is that a value of a series is so far off, learnt from how far off others were.

Beyond a bound the distances are taken to have the tail of a Pareto distribution: peaks over a
threshold, with Hill's estimate of the index (A simple general approach to inference about the tail
of a distribution, 1975). So a series that has a peak a day does not alert on one more.

>>> calm, peaked = Tail(), Tail()
>>> for number in range(1_000):
...     calm.learn(1.0)
...     peaked.learn(30.0 if number % 100 == 0 else 1.0)
>>> round(calm.surprise(30.0), 1), round(peaked.surprise(30.0), 1)
(6.0, 2.6)
"""

from math import log, log10

from msgspec import Struct

# What lies nearer than so many deviations is no surprise.
_BOUND = 3.0

# What is assumed of a series of which little is known, and as how many values it counts: so many
# lie beyond the bound, and their tail has the index of a distribution that is just not wild.
_PRIOR_SHARE, _PRIOR_VALUES = 0.01, 100.0
_PRIOR_INDEX, _PRIOR_PEAKS = 3.0, 5.0

# What is kept of the sums at each value: half in 2,000.
_KEPT = 0.5 ** (1 / 2_000)


class Tail(Struct):
    """Sums over values: all, those beyond the bound, and the logarithms of how far beyond."""

    values: float = 0.0
    peaks: float = 0.0
    logarithms: float = 0.0

    def surprise(self, distance: float) -> float:
        """The negative decimal logarithm of the probability to be `distance` off, or further."""
        if distance <= _BOUND:
            return 0.0
        beyond = (self.peaks + _PRIOR_SHARE * _PRIOR_VALUES) / (self.values + _PRIOR_VALUES)
        logarithms = self.logarithms + _PRIOR_PEAKS / _PRIOR_INDEX
        index = (self.peaks + _PRIOR_PEAKS) / logarithms
        return index * log10(distance / _BOUND) - log10(beyond)

    def learn(self, distance: float) -> None:
        """Take in a value that was `distance` off."""
        is_peak = distance > _BOUND
        self.values = self.values * _KEPT + 1
        self.peaks = self.peaks * _KEPT + is_peak
        self.logarithms = self.logarithms * _KEPT + (log(distance / _BOUND) if is_peak else 0.0)
