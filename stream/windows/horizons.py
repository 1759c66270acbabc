"""What a key's past says of the windows of each horizon that end in one hour."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import add
from typing import NamedTuple

from msgspec import Struct

from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.past import MINUTES_AN_HOUR, Level, Past
from stream.windows.recent_minutes import SHORT, SPIKE_SPAN
from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR, Exposure
from stream.windows.spike_rule import HORIZONS, Usual

# Spans that what is usual of all keys counts for in how much a key varies: half a day of bursts, a
# day of hours, a working week of days, and a working day of shares.
_PRIOR_BURSTS, _PRIOR_HOURS, _PRIOR_DAYS, _PRIOR_SHARES = 144.0, 24.0, 5.0, 8.0

# How much the share of a key varies, of which nothing is known: as if drawn for each 12 documents.
PRIOR_SHARE_SPREAD = 1 / 13


class Horizon(Struct, frozen=True):
    """What the past says of the windows of one size.

    begin: the hour with which they begin, if they are longer than an hour. bucket, texts: what they
    hold of hours that are in the past already; their last hour is not.
    """

    size: Size
    begin: int
    level: Level
    bucket: Bucket
    texts: int
    count_spread: float
    share_spread: float

    def start(self, at: int) -> int:
        """The second at which the window begins that ends at the second `at`."""
        if self.size not in SHORT:
            return self.begin * SECONDS_AN_HOUR
        # The minute that `at` lies in, or ends, and whole ones before it.
        minute = (at - 1) // SECONDS_A_MINUTE + 1
        return (minute - HORIZONS[self.size]) * SECONDS_A_MINUTE


class Place(NamedTuple):
    """Where windows end, in hours from the epoch, and how far they may reach back.

    hour: in which they end. recent: that in which the last hour begins: what was said before it is
    in the past. since: the hour behind which no window of more than an hour reaches: of what was
    said before, an alert told.
    """

    hour: int
    recent: int
    since: int

    @classmethod
    def of(cls, minute: int, quiet_until: int) -> "Place":
        """That of windows that end in `minute`, of a key that was quiet until a second."""
        return cls(
            hour=minute // MINUTES_AN_HOUR,
            recent=(minute + 1 - SPIKE_SPAN) // MINUTES_AN_HOUR,
            since=-(-quiet_until // SECONDS_AN_HOUR),
        )


class Horizons:
    """The horizons of a key with a `past`, for windows that end at `place`."""

    def __init__(self, past: Past, place: Place) -> None:
        hour = place.hour
        self._past = past
        self._exposure = Exposure(past.sums.rhythm, past.until, max(hour + 1, past.until))
        self.heard = past.heard_since(hour + 1 - HOURS_A_DAY)
        self.of: Mapping[Size, Horizon] = {
            one.size: one for one in (*self._short(place.recent), *self._long(hour, place.since))
        }

    def usual(self, horizon: Horizon, at: int) -> Usual:
        """What is usual of the window of `horizon` that ends at the second `at`."""
        begin = max(horizon.start(at), self._past.until * SECONDS_AN_HOUR)
        return Usual(
            level=horizon.level,
            expected=horizon.level.rate * self._exposure.between(begin, at),
            count_spread=horizon.count_spread,
            share_spread=horizon.share_spread,
        )

    def _short(self, recent: int) -> Iterator[Horizon]:
        level = self._level_before(recent)
        for size in SHORT:
            spread = self._bursts if size == "5m" else self._hourly
            yield Horizon(size, recent, level, Bucket(), 0, spread, self._shares)

    def _long(self, hour: int, since: int) -> Iterator[Horizon]:
        for size, minutes in HORIZONS.items():
            start = max(hour + 1 - minutes // MINUTES_AN_HOUR, since)
            # What began within the hour is told by its window.
            if size in SHORT or start >= hour:
                continue
            level = self._level_before(start)
            if level.hours < hour - start:
                continue
            held = [one for one in self._past.hours if one.hour >= start]
            yield Horizon(
                size=size,
                begin=start,
                level=level,
                bucket=reduce(add, (one.bucket for one in held), Bucket()),
                texts=sum(one.texts for one in held),
                count_spread=self._hourly if size == "4h" else self._daily,
                share_spread=self._shares,
            )

    def _level_before(self, hour: int) -> Level:
        begin = self._past.until * SECONDS_AN_HOUR
        end = max(hour * SECONDS_AN_HOUR, begin)
        return self._past.level_before(hour, self._exposure.between(begin, end))

    @property
    def _bursts(self) -> float:
        return self._past.sums.bursts.factor(_PRIOR_BURSTS)

    @property
    def _hourly(self) -> float:
        return self._past.sums.hourly.factor(_PRIOR_HOURS)

    @property
    def _daily(self) -> float:
        return self._past.sums.daily.factor(_PRIOR_DAYS)

    @property
    def _shares(self) -> float:
        return self._past.sums.shares.factor(_PRIOR_SHARES, PRIOR_SHARE_SPREAD)
