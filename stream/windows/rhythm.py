"""The rhythm of the week: how much more, or less, than on average is said of a key in an hour.

A bin for each hour of the day, on weekdays and at weekends, in UTC. How far a bin is believed
follows from how much the bins differ, and how much the hours of one bin do: an analysis of variance
with random effects (Searle, Casella and McCulloch, Variance Components, 1992). So a quiet key has
no rhythm, nor has one whose busy hours are now these and now those.

>>> rhythm = Rhythm()
>>> for hour in range(24 * 28):
...     rhythm.add(hour, 30 if hour % 24 == 9 else 1)
...     if hour % 24 == 23:
...         rhythm.decay()
>>> round(rhythm.factor(9), 1), round(rhythm.factor(3), 1)
(13.6, 0.5)
"""

from collections.abc import Sequence
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

# What is kept of the sums at the end of a day: half in four weeks. Seasons change a rhythm.
_KEPT = 0.5 ** (1 / 28)

# Digits that are kept of a sum: what is stored of a key stays small.
_DIGITS, _DIGITS_OF_RATIOS = 3, 6


class Rhythm(Struct, array_like=True):
    """Sums by bin: documents, and hours in which they could have come. Empty at first.

    squares: the sum of the squares of the documents of an hour. average: the documents of an hour.
    between, within: the variances of the bins, and of the hours of a bin, in squared averages. The
    last three are as they were when the day began.
    """

    documents: list[float] = []
    hours: list[float] = []
    squares: float = 0.0
    average: float = 0.0
    between: float = 0.0
    within: float = 0.0

    def add(self, hour: int, documents: int) -> None:
        """Take in `hour`, counted from the epoch, with its `documents`."""
        self._begin()
        place = bin_of(hour)
        self.documents[place] += documents
        self.hours[place] += 1.0
        self.squares += documents * documents

    def add_silence(self, begin: int, end: int) -> None:
        """Take in the hours from `begin` to `end`, of one day, without a document."""
        self._begin()
        first = bin_of(begin)
        for place in range(first, first + end - begin):
            self.hours[place] += 1.0

    def decay(self) -> None:
        """Let a day pass."""
        if self.hours:
            self.documents, self.hours = _decayed(self.documents), _decayed(self.hours)
            self.squares = round(self.squares * _KEPT, _DIGITS)
            self._compare()

    def factor(self, hour: int) -> float:
        """What is to be expected in `hour`, as a multiple of an average hour."""
        return self._factor_of(bin_of(hour)) if self.between else 1.0

    def factors(self, begin: int, end: int) -> float:
        """The sum of the factors of the hours from `begin` to `end`, of one day."""
        if not self.between:
            return float(end - begin)
        first = bin_of(begin)
        return sum(map(self._factor_of, range(first, first + end - begin)))

    def _factor_of(self, place: int) -> float:
        hours = self.hours[place]
        if not hours:
            return 1.0
        believed = self.between / (self.between + self.within / hours)
        ratio = self.documents[place] / (self.average * hours)
        return min(_LARGEST, max(_SMALLEST, 1 + believed * (ratio - 1)))

    def _begin(self) -> None:
        if not self.hours:
            self.documents, self.hours = [0.0] * _BINS, [0.0] * _BINS

    def _compare(self) -> None:
        """Work out the variances."""
        hours, documents = sum(self.hours), sum(self.documents)
        bins = [pair for pair in zip(self.documents, self.hours, strict=True) if pair[1]]
        spare = hours - len(bins)
        if not documents or spare <= 0:
            self.average = self.between = self.within = 0.0
            return
        average = documents / hours
        means = sum(count * count / time for count, time in bins)
        within = max(0.0, self.squares - means) / spare / average**2
        differences = means / average**2 - hours
        self.average = round(average, _DIGITS_OF_RATIOS)
        self.within = round(within, _DIGITS_OF_RATIOS)
        between = (differences - len(bins) * within) / hours
        self.between = round(max(0.0, between), _DIGITS_OF_RATIOS)


class Exposure:
    """How many average hours the time from `begin` to `end` is, both in hours from the epoch."""

    def __init__(self, rhythm: Rhythm, begin: int, end: int) -> None:
        self._begin = begin
        self._factors = [rhythm.factor(hour) for hour in range(begin, end)]
        self._sums = list(accumulate(self._factors, initial=0.0))

    def between(self, start: int, end: int) -> float:
        """The average hours from the second `start` to the second `end`."""
        return self._until(end) - self._until(start)

    def _until(self, second: int) -> float:
        hour, rest = divmod(second - self._begin * SECONDS_AN_HOUR, SECONDS_AN_HOUR)
        part = self._factors[hour] * rest / SECONDS_AN_HOUR if rest else 0.0
        return self._sums[hour] + part


def _decayed(sums: Sequence[float]) -> list[float]:
    # Many are alike: hours in which documents could have come, and no documents.
    kept = {one: round(one * _KEPT, _DIGITS) for one in set(sums)}
    return [kept[one] for one in sums]


def bin_of(hour: int) -> int:
    """The bin of an hour from the epoch."""
    day = (hour // HOURS_A_DAY + _FIRST_DAY) % _DAYS_A_WEEK
    return hour % HOURS_A_DAY + (HOURS_A_DAY if day >= _SATURDAY else 0)
