"""A detector of anomalies in a plain series of values.

>>> detector = SeriesDetector()
>>> scores = [detector.step(60 * number, 20.0 + number % 2) for number in range(100)]
>>> max(scores), detector.step(6_000, 35.0) > 0.7, detector.step(6_060, 35.0) < 0.1
(0.0, True, True)
"""

from math import inf, isfinite

from stream.series.level import Level
from stream.series.tail import Tail

_SECONDS_AN_HOUR = 3_600
_HOURS_A_DAY = 24

# Half-lives in values, not in time: a series that is read each hour is watched for months, one that
# is read each minute for hours. At one in five minutes they are a week, and five days of an hour.
_HALF_LIFE = 2_000.0
_HALF_LIFE_OF_HOUR = 60.0

# A slow change is seen in the mean of about so many values: an hour, at one in five minutes.
_SMOOTHED = 12

# A deviation is no smaller than this share of the range of all values: in a series that hardly ever
# moves the least ripple would be an alarm.
_MIN_DEVIATION = 0.02

# What is kept at each value of the surprise that was: half in 288, a day at one in five minutes.
# What goes on is one event, told once, and told again only if it becomes worse.
_KEPT = 0.5 ** (1 / 288)


class SeriesDetector:
    """Watches one series.

    A value is compared with the level of the series, and with that of its hour of the day, in UTC;
    what it differs by from the latter, smoothed, with that level of its own. The surprises add up.
    """

    def __init__(self) -> None:
        self._level = Level(_HALF_LIFE)
        self._hours = [Level(_HALF_LIFE_OF_HOUR) for _ in range(_HOURS_A_DAY)]
        self._slow = Level(_HALF_LIFE)
        self._level_tail, self._hour_tail, self._slow_tail = Tail(), Tail(), Tail()
        self._smooth = 0.0
        self._lowest, self._highest = inf, -inf
        self._told = 0.0

    def step(self, second: float, value: float) -> float:
        """How anomalous the next value is, 0 to 1: 0.5 is a tenth as likely as what was told last.

        0.67 is a hundredth, 0.75 a thousandth. NaN or infinity scores 0, and nothing is learnt.
        """
        if not isfinite(value):
            return 0.0
        self._lowest, self._highest = min(self._lowest, value), max(self._highest, value)
        surprise = self._surprise(int(second // _SECONDS_AN_HOUR) % _HOURS_A_DAY, value)
        self._told *= _KEPT
        new = max(0.0, surprise - self._told)
        self._told = max(self._told, surprise)
        return new / (1 + new)

    def _surprise(self, hour: int, value: float) -> float:
        level = self._hours[hour]
        total = self._compared(self._level, self._level_tail, value)
        if level.is_known:
            self._smooth += (value - level.mean - self._smooth) / _SMOOTHED
            total += self._compared(self._slow, self._slow_tail, self._smooth)
        return total + self._compared(level, self._hour_tail, value)

    def _compared(self, level: Level, tail: Tail, value: float) -> float:
        """The surprise that `value` is, which `level` and `tail` then learn from."""
        surprise = 0.0
        if level.is_known:
            min_deviation = _MIN_DEVIATION * (self._highest - self._lowest)
            distance = level.distance(value, min_deviation)
            surprise = tail.surprise(distance)
            tail.learn(distance)
        level.learn(value)
        return surprise
