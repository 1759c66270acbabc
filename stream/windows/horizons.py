"""What a key's past says of the windows of each horizon that end in one hour."""

from collections.abc import Iterator, Mapping
from functools import cached_property, reduce
from operator import add
from sys import maxsize
from typing import NamedTuple

from msgspec import Struct

from schemas.window import Size
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.dispersion import together
from stream.windows.outage import Outage
from stream.windows.past import BURST_MINUTES, MINUTES_AN_HOUR, Hour, Level, Past
from stream.windows.recent_minutes import LONGEST, SHORT, SPIKE_SPAN
from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR, Exposure
from stream.windows.spike_rule import HORIZONS, Usual, plausible_texts

# Spans that what is usual of all keys counts for in how much a key varies: half a day of bursts, a
# day of hours, a working week of days, and of shares a working day of hours, or two days.
_PRIOR_BURST_MINUTES, _PRIOR_HOURS, _PRIOR_DAYS = 720.0, 12.0, 5.0
_PRIOR_SHARES, _PRIOR_DAY_SHARES = 8.0, 2.0

# How much the numbers vary of a key of which little is known. What happens to a quiet company
# brings several texts within minutes.
_PRIOR_BURST_SPREADS: dict[Size, float] = {"2m": 1.0, "5m": 0.6, "15m": 0.3}
_PRIOR_HOUR_SPREAD = 0.75
_PRIOR_DAY_SPREAD = 1.0

# How much of what an hour deviates from what is usual goes on in the minutes that follow it.
_PERSISTENCE = 0.8

# More than what sums of exposures differ by, since they are rounded.
_ROUNDING = 1e-9

# How much the share of a key varies, of which nothing is known: as if drawn for each 12 documents.
_PRIOR_SHARE_SPREAD = 1 / 13

# Horizons of days: what varies from hour to hour evens out in them.
_DAYS: tuple[Size, ...] = ("24h", "72h")


class Horizon(Struct, frozen=True):
    """What the past says of the windows of one size.

    begin: the hour with which they begin, if they are longer than an hour. rate: distinct negative
    texts to be expected in a usual hour. hour_spread: how much hours vary, of a window that is
    shorter; it is not in its count_spread.
    """

    size: Size
    begin: int
    level: Level
    rate: float
    count_spread: float
    share_spread: float
    hour_spread: float = 0.0

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
    said before, an alert told. outage: the key's last one.
    """

    hour: int
    recent: int
    since: int
    outage: Outage

    @classmethod
    def of(cls, minute: int, quiet_until: int, outage: Outage) -> "Place":
        """That of windows that end in `minute`, of a key that was quiet until a second."""
        return cls(
            hour=minute // MINUTES_AN_HOUR,
            recent=(minute + 1 - SPIKE_SPAN) // MINUTES_AN_HOUR,
            since=-(-quiet_until // SECONDS_AN_HOUR),
            outage=outage,
        )


class Horizons:
    """The horizons of a key with a `past`, for windows that end at `place`.

    Each is worked out when it is asked for: of most keys, most of the time, none is. Of the past
    only the hours count that are over at `place`; what comes later of it is told by `go_on`.
    """

    def __init__(self, past: Past, place: Place) -> None:
        self._place = place
        self._known: dict[Size, Horizon] = {}
        self._levels: dict[int, Level] = {}
        self._plausible: dict[tuple[Size, int], int] = {}
        self._texts: dict[Size, int] = {}
        self._take(past)

    def go_on(self, past: Past, place: Place) -> bool:
        """Whether these are those of `past`, too, which goes on from the one before."""
        if past.learnt != self.past.learnt or place != self._place:
            return False
        if past is not self.past:
            self._take(past)
        return True

    def texts_of(self, size: Size) -> int:
        """Distinct negative texts that the windows of `size` hold of the past."""
        if size in SHORT:
            return 0
        if size not in self._texts:
            self._texts[size] = sum([one.texts for one in self._hours_of(size)])
        return self._texts[size] + self._latest_texts

    def bucket_of(self, size: Size) -> Bucket:
        """What the windows of `size` hold of the past."""
        if size in SHORT:
            return Bucket()
        hours = [*self._hours_of(size), *self._latest]
        return reduce(add, [one.bucket for one in hours], Bucket())

    def has(self, size: Size) -> bool:
        """Whether the past is long enough for windows of `size`, and these longer than others."""
        if size in SHORT:
            return True
        # What began within the hour is told by its window.
        hours = self._place.hour - self._start_of(size)
        return hours > 0 and self.of(size).level.hours >= hours

    def candidates(
        self, recent: Mapping[Size, int], smallest: int
    ) -> Iterator[tuple[Size, int, int]]:
        """The windows that may be spikes: with `smallest` texts, and more than is plausible.

        `recent` are the texts that came since the past, by the windows of `SHORT`. Gives the size,
        its texts, and those of the last hour before it.
        """
        for size in HORIZONS:
            texts, before = recent[LONGEST] + self.texts_of(size), 0
            if size in recent:
                texts, before = recent[size], recent[LONGEST] - recent[size]
            if texts >= smallest and texts > self._max_plausible(size, before):
                yield size, texts, before

    def _max_plausible(self, size: Size, before: int) -> int:
        """So many texts are no spike in any of the windows of `size`: most have no more."""
        known = size, before
        if known not in self._plausible:
            self._plausible[known] = (
                self._plausible_texts(size, before) if self.has(size) else maxsize
            )
        return self._plausible[known]

    def of(self, size: Size) -> Horizon:
        """The horizon of `size`."""
        if size not in self._known:
            self._known[size] = self._short(size) if size in SHORT else self._long(size)
        return self._known[size]

    def usual(self, horizon: Horizon, at: int, before: int = 0) -> Usual:
        """What is usual of the window of `horizon` that ends at the second `at`.

        `before` are the texts of the last hour before it, where it is shorter.
        """
        first = self.past.until * SECONDS_AN_HOUR
        begin = max(self._begin(horizon, at), first)
        rate, spread = horizon.rate, horizon.count_spread
        if horizon.hour_spread:
            rest = (SPIKE_SPAN - HORIZONS[horizon.size]) * SECONDS_A_MINUTE
            passed = self._exposure.between(max(horizon.start(at) - rest, first), begin)
            rate, spread = _after(horizon, before, passed)
        return Usual(
            level=horizon.level,
            expected=rate * self._exposure.between(begin, at),
            count_spread=spread,
            share_spread=horizon.share_spread,
            is_of_days=horizon.size in _DAYS,
        )

    def _begin(self, horizon: Horizon, at: int) -> int:
        """From when on documents may have been meant to come that are in a window."""
        start, outage = horizon.start(at), self._place.outage
        is_late = horizon.size == LONGEST and outage.is_caught_up(at)
        return min(start, outage.since) if is_late else start

    def documents_between(self, start: int, end: int) -> float:
        """The documents to be expected from the second `start` to the second `end`."""
        start = max(start, self.past.until * SECONDS_AN_HOUR)
        return self.past.documents_an_hour * self._exposure.between(start, max(start, end))

    def _plausible_texts(self, size: Size, before: int) -> int:
        horizon = self.of(size)
        rate, spread = horizon.rate, horizon.count_spread
        if horizon.hour_spread:
            rate, spread = _after(horizon, before, self._largest_rest(size))
        expected = rate * self._least_exposure(horizon)
        return plausible_texts(expected * (1 - _ROUNDING), spread)

    def _largest_rest(self, size: Size) -> float:
        """What the last hour before a window is at most, in usual hours."""
        hour, rhythm = self._place.hour, self.past.variation.rhythm
        hours = 1 - HORIZONS[size] / MINUTES_AN_HOUR
        return hours * max(rhythm.factor(hour - 1), rhythm.factor(hour)) * (1 + _ROUNDING)

    def _least_exposure(self, horizon: Horizon) -> float:
        """What the shortest window of `horizon` is at least, in usual hours."""
        hour, until = self._place.hour, self.past.until
        if horizon.size not in SHORT:
            return self._usual_hours(max(horizon.begin, until), hour)
        if hour - 1 < until:
            return 0.0
        # It ends in the hour, and is up to a minute shorter.
        rhythm = self.past.variation.rhythm
        hours = (HORIZONS[horizon.size] - 1) / MINUTES_AN_HOUR
        return hours * min(rhythm.factor(hour - 1), rhythm.factor(hour))

    def _take(self, past: Past) -> None:
        self.past = past
        self._latest = past.since(self._place.recent)
        self._latest_texts = sum([one.texts for one in self._latest])

    @cached_property
    def _exposure(self) -> Exposure:
        until = self.past.until
        return Exposure(self.past.variation.rhythm, until, max(self._place.hour + 1, until))

    def _short(self, size: Size) -> Horizon:
        recent = self._place.recent
        rate, spread = self._rate_of_the_day
        level, within, hourly = (
            self._level_before(recent),
            self._within_the_hour(size),
            self._hourly,
        )
        if size == LONGEST:
            spread, hourly = together(spread, hourly), 0.0
        return Horizon(
            size=size,
            begin=recent,
            level=level,
            rate=rate,
            count_spread=together(spread, within),
            # What is learnt of shares is of whole hours. A burst of negative texts within one does
            # not wait for others: it moves the share as much as their number.
            share_spread=self._shares + level.share * (1 - level.share) * within,
            hour_spread=hourly,
        )

    def _long(self, size: Size) -> Horizon:
        start = self._start_of(size)
        level = self._level_before(start)
        spread = self._days_spread(level)
        if size == "4h":
            # Of several hours the variation evens out; of a day it is in that of days.
            spread = together(spread, self._hourly * MINUTES_AN_HOUR / HORIZONS[size])
        return Horizon(
            size=size,
            begin=start,
            level=level,
            rate=level.rate,
            count_spread=spread,
            share_spread=self._day_shares if size in _DAYS else self._shares,
        )

    def _start_of(self, size: Size) -> int:
        return max(self._place.hour + 1 - HORIZONS[size] // MINUTES_AN_HOUR, self._place.since)

    def _hours_of(self, size: Size) -> list[Hour]:
        """The hours of the past that windows of `size` hold whole."""
        recent = self._place.recent
        return [one for one in self.past.since(self._start_of(size)) if one.hour < recent]

    def _level_before(self, hour: int) -> Level:
        if hour not in self._levels:
            exposure = self._usual_hours(self.past.until, hour)
            self._levels[hour] = self.past.level_before(hour, exposure)
        return self._levels[hour]

    @cached_property
    def _rate_of_the_day(self) -> tuple[float, float]:
        """The rate to be expected after the day before the last hour, and its spread.

        Days differ by factors of a gamma distribution. What was said within the last day says what
        its factor is: of a busy key all, of a quiet one nothing.
        """
        recent = self._place.recent
        since = max(recent - HOURS_A_DAY, self.past.until)
        level = self._level_before(since)
        shape = 1 / self._days_spread(level)
        expected = level.rate * self._usual_hours(since, recent)
        found = self.past.texts_between(since, recent)
        return level.rate * (shape + found) / (shape + expected), 1 / (shape + found)

    def _usual_hours(self, start: int, end: int) -> float:
        if end <= start:
            return 0.0
        return self._exposure.between(start * SECONDS_AN_HOUR, end * SECONDS_AN_HOUR)

    def _within_the_hour(self, size: Size) -> float:
        if size == LONGEST:
            return 0.0
        bursts = self.past.variation.bursts[BURST_MINUTES.index(HORIZONS[size])]
        spans = _PRIOR_BURST_MINUTES / HORIZONS[size]
        return bursts.factor(spans, _PRIOR_BURST_SPREADS[size])

    @cached_property
    def _hourly(self) -> float:
        variation = self.past.variation
        learnt = variation.hourly.factor(_PRIOR_HOURS, _PRIOR_HOUR_SPREAD)
        return together(learnt, variation.rhythm.spread(self._place.hour))

    def _days_spread(self, level: Level) -> float:
        daily = self.past.sums.daily.factor(_PRIOR_DAYS, _PRIOR_DAY_SPREAD)
        # How little is known of the level spreads as the variation of the key itself does.
        return daily + 1 / (level.texts + 1)

    @cached_property
    def _shares(self) -> float:
        return self.past.sums.shares.factor(_PRIOR_SHARES, _PRIOR_SHARE_SPREAD)

    @cached_property
    def _day_shares(self) -> float:
        return self.past.sums.day_shares.factor(_PRIOR_DAY_SHARES, _PRIOR_SHARE_SPREAD)


def _after(horizon: Horizon, before: int, rest: float) -> tuple[float, float]:
    """The rate and the spread of a window after `rest` usual hours that had `before` texts.

    Hours differ by factors of a gamma distribution. What is known of that of the last hour holds
    for the next minutes as the values of an autoregressive process do.
    """
    shape = 1 / horizon.hour_spread
    deviation = (shape + before) / (shape + horizon.rate * rest) - 1
    known = _PERSISTENCE * _PERSISTENCE
    spread = known / (shape + before) + (1 - known) * horizon.hour_spread
    return (
        horizon.rate * (1 + _PERSISTENCE * deviation),
        together(horizon.count_spread, spread),
    )
