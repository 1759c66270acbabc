"""The rhythm of the week: how much more, or less, than on average is said of a key in an hour.

A bin for each hour of the day, on weekdays and at weekends, in UTC. A bin that has seen little is
held near the average: a quiet key has no rhythm.

>>> rhythm = Rhythm()
>>> for hour in range(24 * 28):
...     rhythm.add(hour, 30 if hour % 24 == 9 else 1)
...     if hour % 24 == 23:
...         rhythm.decay()
>>> round(rhythm.factor(9), 1), round(rhythm.factor(3), 1)
(8.7, 0.7)
"""

from itertools import accumulate

from msgspec import Struct

HOURS_A_DAY = 24
SECONDS_AN_HOUR = 3_600
_DAYS_A_WEEK = 7
# The epoch was a Thursday.
_FIRST_DAY = 3
_SATURDAY = 5
_BINS = 2 * HOURS_A_DAY

# Documents that hold a bin at the average: with fewer, two documents in an hour of the night would
# make that hour a busy one.
_SHRINKAGE = 20.0

# What is kept of the sums at the end of a day: half in four weeks. Seasons change a rhythm.
_KEPT = 0.5 ** (1 / 28)

# Digits that are kept of a sum: what is stored of a key stays small.
_DIGITS = 3


class Rhythm(Struct, array_like=True):
    """Sums by bin: documents, and hours in which they could have come. Empty at first.

    average: the documents of an hour, over all bins, as it was a day ago at most.
    """

    documents: list[float] = []
    hours: list[float] = []
    average: float = 0.0

    def add(self, hour: int, documents: int) -> None:
        """Take in `hour`, counted from the epoch, with its `documents`."""
        if not self.hours:
            self.documents, self.hours = [0.0] * _BINS, [0.0] * _BINS
        place = bin_of(hour)
        self.documents[place] += documents
        self.hours[place] += 1.0

    def decay(self) -> None:
        """Let a day pass."""
        if self.hours:
            self.documents = [round(one * _KEPT, _DIGITS) for one in self.documents]
            self.hours = [round(one * _KEPT, _DIGITS) for one in self.hours]
            self.average = round(sum(self.documents) / sum(self.hours), _DIGITS)

    def factor(self, hour: int) -> float:
        """What is to be expected in `hour`, as a multiple of an average hour."""
        if not self.hours:
            return 1.0
        place = bin_of(hour)
        usual = self.average * self.hours[place]
        return (self.documents[place] + _SHRINKAGE) / (usual + _SHRINKAGE)


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


def bin_of(hour: int) -> int:
    """The bin of an hour from the epoch."""
    day = (hour // HOURS_A_DAY + _FIRST_DAY) % _DAYS_A_WEEK
    return hour % HOURS_A_DAY + (HOURS_A_DAY if day >= _SATURDAY else 0)
