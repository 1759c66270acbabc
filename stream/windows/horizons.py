"""What a key's past says of the windows of each horizon that end in one hour."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import add

from msgspec import Struct

from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.past import MINUTES_AN_HOUR, Level, Past
from stream.windows.recent_minutes import SHORT, SPIKE_SPAN
from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR, Exposure
from stream.windows.spike_rule import HORIZONS, Usual

# Spans that what is usual of all keys counts for in how much a key varies: a day of bursts, two of
# hours, a working week of days, and a day of shares.
_PRIOR_BURSTS, _PRIOR_HOURS, _PRIOR_DAYS, _PRIOR_SHARES = 288.0, 48.0, 5.0, 24.0

# How much the share of a key varies, of which nothing is known: as if drawn for each 12 documents.
_PRIOR_SHARE_SPREAD = 1 / 13


class Horizon(Struct, frozen=True):
    """The windows of one size that begin at the second `start`.

    bucket, texts: what they hold of hours that are in the past already; their last hour is not.
    """

    size: Size
    start: int
    level: Level
    bucket: Bucket
    texts: int
    count_spread: float
    share_spread: float


class Horizons:
    """The horizons of a key with a `past`, for windows that end in `minute`.

    No window of more than an hour reaches behind the hour `since`: of what was said before, an
    alert told.
    """

    def __init__(self, past: Past, minute: int, since: int) -> None:
        hour = minute // MINUTES_AN_HOUR
        self._minute = minute
        self._past = past
        self._exposure = Exposure(past.sums.rhythm, past.until, max(hour + 1, past.until))
        self.heard = past.heard_since(hour + 1 - HOURS_A_DAY)
        self.of: Mapping[Size, Horizon] = {
            one.size: one for one in (*self._short(), *self._long(hour, since))
        }

    def usual(self, horizon: Horizon, at: int) -> Usual:
        """What is usual of the window of `horizon` that ends at the second `at`."""
        begin = max(horizon.start, self._past.until * SECONDS_AN_HOUR)
        return Usual(
            level=horizon.level,
            expected=horizon.level.rate * self._exposure.between(begin, at),
            count_spread=horizon.count_spread,
            share_spread=horizon.share_spread,
        )

    def _short(self) -> Iterator[Horizon]:
        # All before it is in the past, whenever the minutes since were taken into it.
        level = self._level_before((self._minute + 1 - SPIKE_SPAN) // MINUTES_AN_HOUR)
        for size in SHORT:
            start = (self._minute + 1 - HORIZONS[size]) * SECONDS_A_MINUTE
            spread = self._bursts if size == "5m" else self._hourly
            yield Horizon(size, start, level, Bucket(), 0, spread, self._shares)

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
                start=start * SECONDS_AN_HOUR,
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
        return self._past.sums.shares.factor(_PRIOR_SHARES, _PRIOR_SHARE_SPREAD)
