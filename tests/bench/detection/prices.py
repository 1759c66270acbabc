"""Did a share fall when an alarm said so?"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median, pstdev
from zoneinfo import ZoneInfo

from msgspec import Struct

from tests.bench.detection.detectors.detector import Document

_NEW_YORK = ZoneInfo("America/New_York")

# The hour at which a trading day ends there: what is said later belongs to the next.
_CLOSE = 16

# Trading days before a day by which its return is judged, and below which it is not.
_SPAN = 60
_FEWEST = 15

# A fall that an alarm is right about, and one that should be told: standard deviations, and share.
_FALL = (1.0, 0.01)
_BIG_FALL = (2.5, 0.03)

# Documents of a day without which nobody can be asked to tell its fall.
FEWEST_DOCUMENTS = 5

# Closing prices by date (YYYY-MM-DD), in the order of time.
Returns = list[tuple[str, float]]


class Prices:
    """The daily returns of a company."""

    def __init__(self, closes: Returns) -> None:
        pairs = list(pairwise(closes))
        returns = [close / before - 1 for (_, before), (_, close) in pairs]
        self.days = [day for _, (day, _) in pairs]
        self._judged = {
            day: (returns[at], pstdev(returns[max(0, at - _SPAN) : at]))
            for at, day in enumerate(self.days)
            if at >= _FEWEST
        }

    def trading_day(self, second: float) -> str | None:
        """The day to which what is said at `second` belongs: one with a price, or None."""
        at = datetime.fromtimestamp(second, _NEW_YORK)
        day = at.date() + timedelta(days=at.hour >= _CLOSE)
        place = bisect_left(self.days, day.isoformat())
        return self.days[place] if place < len(self.days) else None

    def is_judged(self, day: str) -> bool:
        """Whether there are days enough before this one."""
        return day in self._judged

    def fell(self, day: str, *, big: bool = False) -> bool:
        """Whether the share fell by more than is usual, or by far more."""
        if day not in self._judged:
            return False
        change, deviation = self._judged[day]
        deviations, share = _BIG_FALL if big else _FALL
        return change < -max(deviations * deviation, share)


class Told(Struct, frozen=True):
    """What alarms came to.

    alarms: how many there were, on days that are judged. right: the share of them on whose day
    the share fell. falls: how many big ones there were. told: how many of them had an alarm.
    delay: the median hours from the day's first document to it. chance: the share of all days
    with documents on which the share fell.
    """

    alarms: int
    right: float
    falls: int
    told: int
    delay: float
    chance: float


Alarms = Sequence[tuple[float, str]]


def judged(
    alarms: Alarms, documents: Mapping[str, Sequence[Document]], prices: Mapping[str, Prices]
) -> Told:
    """Judge alarms, (second, company) each, by the prices of the companies' trading days."""
    counts, firsts = _days(documents, prices)
    judged_days = [(key, day) for key, day in counts if prices[key].is_judged(day)]
    falls = {
        (key, day)
        for key, day in judged_days
        if counts[key, day] >= FEWEST_DOCUMENTS and prices[key].fell(day, big=True)
    }
    dated = [(key, prices[key].trading_day(second), second) for second, key in sorted(alarms)]
    given = [(key, day, second) for key, day, second in dated if (key, day) in set(judged_days)]
    first_alarm: dict[tuple[str, str], float] = {}
    for key, day, second in given:
        if day is not None:
            first_alarm.setdefault((key, day), second)
    told = [(first_alarm[fall] - firsts[fall]) / 3600 for fall in falls & first_alarm.keys()]
    return Told(
        alarms=len(given),
        right=_share([prices[key].fell(day) for key, day, _ in given if day is not None]),
        falls=len(falls),
        told=len(told),
        delay=median(told) if told else float("nan"),
        chance=_share([prices[key].fell(day) for key, day in judged_days]),
    )


def _days(
    documents: Mapping[str, Sequence[Document]], prices: Mapping[str, Prices]
) -> tuple[Counter[tuple[str, str]], dict[tuple[str, str], float]]:
    """How many documents each company has on each trading day, and when the first came."""
    counts: Counter[tuple[str, str]] = Counter()
    firsts: dict[tuple[str, str], float] = {}
    for key, some in documents.items():
        for document in some:
            if (day := prices[key].trading_day(document.second)) is not None:
                counts[key, day] += 1
                firsts.setdefault((key, day), document.second)
    return counts, firsts


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
