"""The rhythm of the week: how much more, or less, than on average is said of a key in an hour.

A bin for each hour of the day, on weekdays and at weekends, in UTC. How far a bin is believed
follows from how much the bins differ, and how much the hours of one bin do: an analysis of variance
with random effects (Searle, Casella and McCulloch, Variance Components, 1992). So a quiet key has
no rhythm, nor has one whose busy hours are now these and now those.

>>> rhythm = Rhythm()
>>> for day in range(0, 24 * 28, 24):
...     hours = {hour: 30 if hour % 24 == 9 else 1 for hour in range(day, day + 24)}
...     rhythm = rhythm.with_day(hours, day, day + 24)
>>> round(rhythm.factor(9), 1), round(rhythm.factor(3), 1)
(13.6, 0.5)
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec import Struct

HOURS_A_DAY = 24
SECONDS_AN_HOUR = 3_600
_DAYS_A_WEEK = 7
# The epoch was a Thursday.
_FIRST_DAY = 3
_SATURDAY = 5
_BINS = 2 * HOURS_A_DAY

# Bounds of a factor: an hour in which nothing was ever said may yet come, and so may a busy one.
_SMALLEST, _LARGEST = 0.1, 20.0

# How much the hours of a week may differ, of a key with texts enough to have a rhythm, as long as
# no two days of it are known: else its first morning would be an alarm.
_UNKNOWN = 1.0

# What is kept of the sums at the end of a day: half in four weeks. Seasons change a rhythm.
_KEPT = 0.5 ** (1 / 28)

# Digits that are kept of a sum: what is stored of a key stays small.
_DIGITS, _DIGITS_OF_RATIOS = 3, 6


class Rhythm(Struct, frozen=True, array_like=True):
    """Sums by bin: negative texts, and hours in which they could have come. Empty at first.

    squares: the sum of the squares of the texts of an hour. average: the texts of an hour. between,
    within: the variances of the bins, and of the hours of a bin, in squared averages; 0 while they
    are not known.
    """

    texts: list[float] = []
    hours: list[float] = []
    squares: float = 0.0
    average: float = 0.0
    between: float = 0.0
    within: float = 0.0

    def with_day(self, texts: Mapping[int, int], begin: int, end: int) -> "Rhythm":
        """The same with the hours of a day from `begin` to `end`, and the `texts` of some."""
        counts, hours = list(self.texts) or [0.0] * _BINS, list(self.hours) or [0.0] * _BINS
        first = bin_of(begin)
        last = first + end - begin
        hours[first:last] = [one + 1.0 for one in hours[first:last]]
        for hour, count in texts.items():
            counts[bin_of(hour)] += count
        squares = self.squares + sum(count * count for count in texts.values())
        return _compared(_decayed(counts), _decayed(hours), round(squares * _KEPT, _DIGITS))

    def factor(self, hour: int) -> float:
        """What is to be expected in `hour`, as a multiple of an average hour."""
        return self.factor_of(bin_of(hour)) if self.between else 1.0

    def factors(self, begin: int, end: int) -> list[float]:
        """The factors of the hours from `begin` to `end`, of one day."""
        if not self.between:
            return [1.0] * (end - begin)
        first = bin_of(begin)
        return [self.factor_of(place) for place in range(first, first + end - begin)]

    def spread(self, hour: int) -> float:
        """The variance of what may be expected in `hour`, in squares of `factor`."""
        if not self.hours:
            return 0.0
        if not self.average:
            return _UNKNOWN
        hours = self.hours[self._known(bin_of(hour))]
        if not hours or not self.between:
            return self.between
        within = self.within / hours
        return self.between * within / (self.between + within) / self.factor(hour) ** 2

    def factor_of(self, place: int) -> float:
        """The factor of the hours of the bin `place`, of a rhythm that is known."""
        place = self._known(place)
        hours = self.hours[place]
        if not hours:
            return 1.0
        believed = self.between / (self.between + self.within / hours)
        ratio = self.texts[place] / (self.average * hours)
        return min(_LARGEST, max(_SMALLEST, 1 + believed * (ratio - 1)))

    def _known(self, place: int) -> int:
        """A bin; that of the other days as long as there was no weekend, or nothing else."""
        return place if self.hours[place] else (place + HOURS_A_DAY) % _BINS


class Exposure:
    """How many average hours the time from `begin` to `end` is, both in hours from the epoch."""

    def __init__(self, rhythm: Rhythm, begin: int, end: int) -> None:
        self._begin = begin
        self._factors = _factors_between(rhythm, begin, end)
        self._sums = list(accumulate(self._factors, initial=0.0))

    def between(self, start: int, end: int) -> float:
        """The average hours from the second `start` to the second `end`."""
        return self._until(end) - self._until(start)

    def _until(self, second: int) -> float:
        hour, rest = divmod(second - self._begin * SECONDS_AN_HOUR, SECONDS_AN_HOUR)
        part = self._factors[hour] * rest / SECONDS_AN_HOUR if rest else 0.0
        return self._sums[hour] + part


def _factors_between(rhythm: Rhythm, begin: int, end: int) -> list[float]:
    """The factors of the hours from `begin` to `end`, of any days."""
    if not rhythm.between:
        return [1.0] * (end - begin)
    week = [rhythm.factor_of(place) for place in range(_BINS)]
    before = begin % HOURS_A_DAY
    firsts = map(bin_of, range(begin - before, end, HOURS_A_DAY))
    days = [factor for first in firsts for factor in week[first : first + HOURS_A_DAY]]
    return days[before : before + end - begin]


def _compared(texts: list[float], hours: list[float], squares: float) -> Rhythm:
    """The rhythm of these sums by bin, with its variances."""
    time, total = sum(hours), sum(texts)
    bins = [pair for pair in zip(texts, hours, strict=True) if pair[1]]
    spare = time - len(bins)
    if not total or spare <= 0:
        return Rhythm(texts, hours, squares)
    average = total / time
    means = sum([count * count / of for count, of in bins])
    within = max(0.0, squares - means) / spare / average**2
    between = (means / average**2 - time - len(bins) * within) / time
    return Rhythm(
        texts=texts,
        hours=hours,
        squares=squares,
        average=round(average, _DIGITS_OF_RATIOS),
        between=round(max(0.0, between), _DIGITS_OF_RATIOS),
        within=round(within, _DIGITS_OF_RATIOS),
    )


def _decayed(sums: Sequence[float]) -> list[float]:
    # Many are alike: hours in which documents could have come, and no documents.
    kept = {one: round(one * _KEPT, _DIGITS) for one in set(sums)}
    return [kept[one] for one in sums]


def bin_of(hour: int) -> int:
    """The bin of an hour from the epoch."""
    day = (hour // HOURS_A_DAY + _FIRST_DAY) % _DAYS_A_WEEK
    return hour % HOURS_A_DAY + (HOURS_A_DAY if day >= _SATURDAY else 0)
