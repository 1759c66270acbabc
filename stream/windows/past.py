"""What is remembered of a key: its last three days by the hour, and sums over what was before.

The sums decay, so that a level that drifts is followed. They say how many negative texts an hour
has, in which hours of the week they come, and how much more than chance their numbers vary.
"""

from bisect import bisect_left
from functools import lru_cache
from operator import attrgetter
from zlib import crc32

from msgspec import Struct, field
from msgspec.structs import replace

from stream.windows.buckets import Bucket
from stream.windows.cells import MinuteCell
from stream.windows.dispersion import Dispersion
from stream.windows.rhythm import HOURS_A_DAY, Rhythm

MINUTES_AN_HOUR = 60

# Hours that are kept one by one: those of the longest horizon.
KEPT_HOURS = 72

# What is kept of the sums at the end of a day: half in ten days. Over the tweets of a year that is
# no worse than twenty, and a level that moves is followed twice as fast.
_KEPT = 0.5 ** (1 / 10)
# The same of how much the numbers vary: half in four weeks. It takes longer to learn, and changes
# less.
_KEPT_SPREAD = 0.5 ** (1 / 28)

# A text that comes again within a day is not another. Bounds what is stored of a key; of a busier
# one the latest are known.
_MAX_TEXTS = 128

# Documents from which on a key may have a rhythm; most keys have none, and store nothing of it.
_RHYTHM_DOCUMENTS = 20.0

# Hours from which on it is learnt how much a key varies. What was expected before of its busy
# hours, or of its level, was wrong, and would long pass for variation.
_SETTLED_HOURS = 6.0 * HOURS_A_DAY

# Spans in which dispersion is learnt within an hour, in minutes.
BURST_MINUTES = 5
_BURSTS_AN_HOUR = MINUTES_AN_HOUR // BURST_MINUTES

# Before any history: one negative text in three hours, one document in four negative.
PRIOR_TEXTS, PRIOR_HOURS = 1.0, 3.0
PRIOR_NEGATIVE, PRIOR_OTHER = 1.0, 3.0

# Digits that are kept of a sum: what is stored of a key stays small.
_DIGITS = 4

_HOUR = attrgetter("hour")


class Hour(Struct, frozen=True, array_like=True):
    """What a key had in one hour, counted from the epoch.

    texts: distinct negative texts, not heard in the day before. squares: the sum of the squares of
    their numbers in each five minutes; burst: which of these came last, with how many.
    """

    hour: int
    bucket: Bucket = Bucket()
    texts: int = 0
    squares: int = 0
    burst: tuple[int, int] = (0, 0)

    def plus(self, minute: int, bucket: Bucket, texts: int) -> "Hour":
        """The same with a minute, counted from the epoch, that is not before any other of it."""
        place = minute % MINUTES_AN_HOUR // BURST_MINUTES
        before = self.burst[1] if self.burst[0] == place else 0
        return Hour(
            self.hour,
            self.bucket + bucket,
            self.texts + texts,
            self.squares + (before + texts) ** 2 - before**2,
            (place, before + texts),
        )


class Level(Struct, frozen=True):
    """Sums over a past: distinct negative texts, negative and all documents, usual hours.

    An hour in which twice as much is said as in others counts as two usual ones.
    """

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    hours: float = 0.0

    @property
    def rate(self) -> float:
        """Distinct negative texts to be expected in a usual hour."""
        return (self.texts + PRIOR_TEXTS) / (self.hours + PRIOR_HOURS)

    @property
    def share(self) -> float:
        """The share of the documents to be expected negative."""
        documents = self.documents + PRIOR_NEGATIVE + PRIOR_OTHER
        return (self.negative + PRIOR_NEGATIVE) / documents


class Sums(Struct):
    """What is remembered of the hours that are not kept one by one. They decay once a day, in UTC.

    bursts, hourly, daily, shares: how much more than chance the numbers of negative texts in five
    minutes, an hour and a day vary, and the negative share of an hour. day_texts, day_expected:
    those of the day that is not over.
    """

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    hours: float = 0.0
    rhythm: Rhythm = field(default_factory=Rhythm)
    bursts: Dispersion = field(default_factory=Dispersion)
    hourly: Dispersion = field(default_factory=Dispersion)
    daily: Dispersion = field(default_factory=Dispersion)
    shares: Dispersion = field(default_factory=Dispersion)
    day_texts: int = 0
    day_expected: float = 0.0

    def add(self, hour: Hour) -> None:
        """Take in the hour behind the one taken in last."""
        self.day_texts += hour.texts
        self._add_hours(hour, 1)
        if hour.bucket.documents:
            self._add_documents(hour)
        if self._has_rhythm:
            self.rhythm.add(hour.hour, hour.bucket.documents)
        self._end_day_before(hour.hour + 1)

    def add_silence(self, begin: int, end: int) -> None:
        """Take in the hours without a document from `begin` to `end`, behind the one taken in last.

        Those of a day are taken in together, and alike.
        """
        while begin < end:
            over = min(end, (begin // HOURS_A_DAY + 1) * HOURS_A_DAY)
            self._add_hours(Hour(begin), over - begin)
            if self._has_rhythm:
                self.rhythm.add_silence(begin, over)
            self._end_day_before(over)
            begin = over

    def copied(self) -> "Sums":
        """The same, to be changed."""
        rhythm = self.rhythm
        return replace(
            self,
            rhythm=replace(rhythm, documents=list(rhythm.documents), hours=list(rhythm.hours)),
            bursts=replace(self.bursts),
            hourly=replace(self.hourly),
            daily=replace(self.daily),
            shares=replace(self.shares),
        )

    @property
    def _has_rhythm(self) -> bool:
        return bool(self.rhythm.hours) or self.documents >= _RHYTHM_DOCUMENTS

    def _add_hours(self, first: Hour, count: int) -> None:
        """Take in so many hours, all with the texts of the `first`."""
        usual = self.rhythm.factors(first.hour, first.hour + count)
        expected = (self.texts + PRIOR_TEXTS) / (self.hours + PRIOR_HOURS) * usual
        self.day_expected += expected
        if self.hours >= _SETTLED_HOURS:
            self._add_spread(first, expected / count, count)
        self.hours += usual

    def _add_documents(self, hour: Hour) -> None:
        share = (self.negative + PRIOR_NEGATIVE) / (self.documents + PRIOR_NEGATIVE + PRIOR_OTHER)
        add_share(self.shares, share, hour.bucket.negative, hour.bucket.documents)
        self.texts += hour.texts
        self.negative += hour.bucket.negative
        self.documents += hour.bucket.documents

    def _add_spread(self, hour: Hour, expected: float, hours: int) -> None:
        self.bursts.add(
            observed=hour.texts,
            expected=expected / _BURSTS_AN_HOUR,
            squares=hour.squares,
            spans=_BURSTS_AN_HOUR * hours,
        )
        self.hourly.add(observed=hour.texts, expected=expected, spans=hours)

    def _end_day_before(self, hour: int) -> None:
        if hour % HOURS_A_DAY:
            return
        if self.hours >= _SETTLED_HOURS:
            self.daily.add(observed=self.day_texts, expected=self.day_expected)
        self.day_texts, self.day_expected = 0, 0.0
        self.rhythm.decay()
        for one in (self.bursts, self.hourly, self.daily, self.shares):
            one.decay(_KEPT_SPREAD)
        self.texts = round(self.texts * _KEPT, _DIGITS)
        self.negative = round(self.negative * _KEPT, _DIGITS)
        self.documents = round(self.documents * _KEPT, _DIGITS)
        self.hours = round(self.hours * _KEPT, _DIGITS)


class Past(Struct, frozen=True):
    """All that is remembered of a key.

    until: the hour before which all is in the sums; at most a silent day before the hours that are
    kept. hours: those since then that had a document.
    heard: the hash of each negative text of the last day, with the hour in which it came last.
    """

    until: int
    sums: Sums = field(default_factory=Sums)
    hours: list[Hour] = []
    heard: list[tuple[int, int]] = []

    def with_minute(self, minute: int, cell: MinuteCell) -> "Past":
        """The same with a minute, counted from the epoch, behind all others."""
        hour = minute // MINUTES_AN_HOUR
        new, heard = self._heard_with(hour, cell) if cell.texts else (0, self.heard)
        hours = list(self.hours)
        last = hours.pop() if hours and hours[-1].hour == hour else Hour(hour)
        hours.append(last.plus(minute, cell.bucket, new))
        return Past(self.until, self.sums, hours, heard)

    def _heard_with(self, hour: int, cell: MinuteCell) -> tuple[int, list[tuple[int, int]]]:
        """How many texts of `cell` are new, and what is heard with them."""
        heard = {text: at for text, at in self.heard if at > hour - HOURS_A_DAY}
        texts = [hash_of(text) for text in cell.texts]
        # Of a busy key only the latest texts of the day are known, and all of the hour.
        new = min(cell.fresh, sum(text not in heard for text in texts))
        for text in texts:
            heard.pop(text, None)
            heard[text] = hour
        return new, list(heard.items())[-_MAX_TEXTS:]

    @property
    def recent_texts(self) -> int:
        """Distinct negative texts of the hours that are not in the sums."""
        return sum(one.texts for one in self.hours)

    def since(self, hour: int) -> list[Hour]:
        """Those of its hours that are `hour` or later."""
        return self.hours[bisect_left(self.hours, hour, key=_HOUR) :]

    def later(self, hour: int) -> "Past":
        """The same with what was before `hour` in the sums; in one step or in many.

        Silence is taken in when a document follows it or its day is over: so it costs little, and
        the sums are the same to the last bit, however many the steps.
        """
        taken = self.hours[: bisect_left(self.hours, hour, key=_HOUR)]
        silent_until = hour // HOURS_A_DAY * HOURS_A_DAY
        until = max(silent_until, taken[-1].hour + 1) if taken else silent_until
        if until <= self.until:
            return self
        sums, at = self.sums.copied(), self.until
        for one in taken:
            sums.add_silence(at, one.hour)
            sums.add(one)
            at = one.hour + 1
        sums.add_silence(at, until)
        return Past(until, sums, self.hours[len(taken) :], self.heard)

    def level_before(self, hour: int, exposure: float) -> Level:
        """The level with the hours up to `hour`, which are as long as `exposure` usual ones."""
        texts = negative = documents = 0
        for one in self.hours:
            if one.hour >= hour:
                break
            texts += one.texts
            negative += one.bucket.negative
            documents += one.bucket.documents
        sums = self.sums
        return Level(
            sums.texts + texts,
            sums.negative + negative,
            sums.documents + documents,
            sums.hours + exposure,
        )


# A text is looked up at each second in the hour after it, and again when it is past.
@lru_cache(maxsize=16_384)
def hash_of(text: str) -> int:
    """What a negative text is remembered by."""
    return crc32(text.encode())


def add_share(shares: Dispersion, share: float, negative: int, documents: int) -> None:
    """Take in an hour, of whose documents a `share` was to be expected negative.

    The variance of n draws is v = n s (1 - s) by chance, and f (n - 1) v more; a beta distribution
    of weight c has f = 1 / (c + 1).
    """
    chance = documents * share * (1 - share)
    deviation = negative - share * documents
    # An hour says as much as any other, once several of its documents were to be expected negative.
    weight = 1 / ((1 + chance) * documents)
    shares.excess += (deviation * deviation - chance) * weight
    shares.scale += (documents - 1) * chance * weight
