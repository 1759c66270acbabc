"""What is usual of a series: its mean, and how far off its values are.

>>> level = Level(half_life=100)
>>> for number in range(50):
...     level.learn(20.0 + number % 2)
>>> round(level.mean, 1), round(level.distance(23.0, least=0.0))
(20.5, 5)
"""

from math import sqrt

from msgspec import Struct

# Values from which on a mean and a deviation say anything.
_MIN_WEIGHT = 20.0

# A value counts as no further off than so many deviations: an outlier must not hide the next one.
_MAX_DEVIATIONS = 4.0


class Level(Struct):
    """Mean and variance, which decay by half in `half_life` values. Empty at first."""

    half_life: float
    weight: float = 0.0
    mean: float = 0.0
    variance: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether there were enough values."""
        return self.weight >= _MIN_WEIGHT

    def distance(self, value: float, least: float) -> float:
        """How many deviations `value` is off; a deviation is larger than `least`."""
        deviation = sqrt(self.variance) + least
        return abs(value - self.mean) / deviation if deviation else 0.0

    def learn(self, value: float) -> None:
        """Take in `value`."""
        self.weight = self.weight * 0.5 ** (1 / self.half_life) + 1
        share = 1 / self.weight
        off = value - self.mean
        if self.is_known and self.variance:
            furthest = _MAX_DEVIATIONS * sqrt(self.variance)
            off = max(-furthest, min(furthest, off))
        self.mean += share * off
        self.variance = (1 - share) * (self.variance + share * off * off)
