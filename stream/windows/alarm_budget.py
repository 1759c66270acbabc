"""How improbable a window must be to alert, so that false alarms are as rare as the user wants.

A key is tested at each second with a negative text of it. Of tests whose chance under the key's own
past is at most p, a share of p at most are false alarms: so p times the tests of a day, over all
keys, is the number of false alarms a day that is to be expected at most. The limit follows from how
many tests the days before had, and is the same for all keys: a quiet company has few tests, and
takes little of the budget.

>>> budget = AlarmBudget(alarms_per_day=0.3)
>>> budget.largest_chance(day=20_000)
0.001
>>> budget.tests = dict.fromkeys(range(19_990, 20_000), 50_000)
>>> round(budget.largest_chance(day=20_000), 6)
7e-06
"""

from collections.abc import Mapping

# Days whose tests are averaged: a week, since weekends have few.
DAYS = 7

# Tests that are assumed of one day before all others: nothing is known on the first.
_PRIOR_TESTS = 300.0

# Of a chance beyond this nothing is an alarm, however few tests there are: the tails of a key with
# a dozen texts behind it are not known better.
_LARGEST_CHANCE = 0.05


class AlarmBudget:
    """Gives the largest chance at which a window alerts; none is larger than `largest`.

    tests: how many each day had, counted from the epoch, over all keys; it may be set anew. Those
    of the days before the one that is asked for must be complete.
    """

    def __init__(self, alarms_per_day: float, largest: float = _LARGEST_CHANCE) -> None:
        self._alarms_per_day = alarms_per_day
        self._largest = largest
        self.tests = {}

    @property
    def tests(self) -> Mapping[int, int]:
        """How many tests each day had."""
        return self._tests

    @tests.setter
    def tests(self, tests: Mapping[int, int]) -> None:
        self._tests = tests
        # A key is judged each second, and the chance is that of its day.
        self._chances: dict[int, float] = {}

    def largest_chance(self, day: int) -> float:
        """The largest chance that is an alarm on `day`, given the tests of the week before."""
        if day not in self._chances:
            self._chances = {day: self._chance(day)}
        return self._chances[day]

    def _chance(self, day: int) -> float:
        first = min(self.tests, default=day)
        days = range(max(first, day - DAYS), day)
        tests = _PRIOR_TESTS + sum(self.tests.get(one, 0) for one in days)
        return min(self._largest, self._alarms_per_day * (1 + len(days)) / tests)
