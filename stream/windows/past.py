"""What is remembered of a key: its last three days by the hour, and sums over what was before.

The sums decay, so that a level that drifts is followed. They say how many negative texts an hour
has, in which hours of the week they come, and how much more than chance their numbers vary.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from zlib import crc32

from msgspec import Struct, field
from msgspec.structs import replace

from stream.windows.buckets import Bucket
from stream.windows.cells import DayEvidence, MinuteCell, with_evidence
from stream.windows.dispersion import Dispersion, of_count, of_parts
from stream.windows.rhythm import HOURS_A_DAY, Rhythm

MINUTES_AN_HOUR = 60

# Hours that are kept one by one, and up to a day more: those of the longest horizon.
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

# The same of how much they vary within a day: half in a week. Each day says much of it, and while
# the rhythm is learnt what is beyond it is overestimated.
_KEPT_VARIATION = 0.5 ** (1 / 7)

# The same while there is no rhythm: it would long pass for variation.
_KEPT_UNSETTLED = 0.25

# Hours from which on it is learnt how much days vary: what was expected before was wrong.
_SETTLED_HOURS = 6.0 * HOURS_A_DAY

# Hours of which nothing is learnt yet of how a key varies: what goes on is not what is usual.
_RECENT_HOURS = HOURS_A_DAY

# Negative texts from which on a key may have a rhythm: most have none, and store nothing of it.
_RHYTHM_TEXTS = 20

# Texts without which a span says nothing of how they are spread over its parts.
_FEWEST_PARTED = 2

# Spans in which dispersion is learnt within an hour, in minutes: those of the short horizons.
BURST_MINUTES = (2, 5, 15)

# Before any history: one negative text in three hours, one document in four negative.
PRIOR_TEXTS, PRIOR_HOURS = 1.0, 3.0
PRIOR_NEGATIVE, PRIOR_OTHER = 1.0, 3.0

# Digits that are kept of a sum: what is stored of a key stays small.
_DIGITS = 4

_HOUR = attrgetter("hour")
_HEARD_AT = itemgetter(1)


class Spans(Struct, frozen=True, array_like=True):
    """The texts of an hour in spans of some minutes.

    squares: the sum of the squares of their numbers. last, texts: the span that came last, and how
    many it has.
    """

    squares: int = 0
    last: int = 0
    texts: int = 0

    def plus(self, span: int, texts: int) -> "Spans":
        """The same with `texts` more in a span that is not before any other."""
        before = self.texts if span == self.last else 0
        return Spans(self.squares + (before + texts) ** 2 - before**2, span, before + texts)


class Hour(Struct, frozen=True, array_like=True):
    """What a key had in one hour, counted from the epoch.

    texts: distinct negative texts, as far as they count. bursts: the same in spans, of each
    of the `BURST_MINUTES`.
    """

    hour: int
    bucket: Bucket = Bucket()
    texts: int = 0
    bursts: tuple[Spans, ...] = tuple(Spans() for _ in BURST_MINUTES)

    def plus(self, cells: Iterable[tuple[int, MinuteCell]]) -> "Hour":
        """The same with minutes, counted from the epoch, that are not before any other of it."""
        bucket, texts, bursts = self.bucket, self.texts, self.bursts
        for minute, cell in cells:
            bucket += cell.bucket
            if cell.fresh:
                texts += cell.fresh
                place = minute % MINUTES_AN_HOUR
                bursts = tuple(
                    spans.plus(place // minutes, cell.fresh)
                    for spans, minutes in zip(bursts, BURST_MINUTES, strict=True)
                )
        return Hour(self.hour, bucket, texts, bursts)


class Level(Struct, frozen=True):
    """Sums over a past: distinct negative texts, negative and all documents counted, usual hours.

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


class Variation(Struct, frozen=True):
    """How the numbers of a key vary within the week, the day and the hour. It decays once a day.

    bursts: how much more than chance the numbers of negative texts vary within an hour, by the
    `BURST_MINUTES`. hourly: how much those of hours do, within a day and beyond the rhythm. texts:
    those that came before there was a rhythm.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    bursts: tuple[Dispersion, ...] = field(default=tuple(Dispersion() for _ in BURST_MINUTES))
    hourly: Dispersion = Dispersion()
    texts: int = 0

    def with_day(self, hours: Sequence[Hour], begin: int, end: int) -> "Variation":
        """The same with the hours of a day from `begin` to `end`, those that have documents."""
        texts = {one.hour: one.texts for one in hours if one.texts}
        if not (texts or self.texts):
            # Nothing is known, and nothing is learnt, of what is never negative.
            return self
        bursts = self.bursts
        for one in hours:
            if one.texts >= _FEWEST_PARTED:
                bursts = tuple(all_ + _within(one, place) for place, all_ in enumerate(bursts))
        total = self.texts + sum(texts.values())
        rhythm = self.rhythm
        if total >= _RHYTHM_TEXTS:
            total, rhythm = _RHYTHM_TEXTS, rhythm.with_day(texts, begin, end)
        return Variation(
            rhythm=rhythm,
            bursts=tuple(one.kept(_KEPT_VARIATION) for one in bursts),
            hourly=self._hourly_with(texts, begin, end),
            texts=total,
        )

    def _hourly_with(self, texts: Mapping[int, int], begin: int, end: int) -> Dispersion:
        kept = _KEPT_VARIATION if self.rhythm.average else _KEPT_UNSETTLED
        total = sum(texts.values())
        if total < _FEWEST_PARTED:
            return self.hourly.kept(kept)
        factors = self.rhythm.factors(begin, end)
        evenness = sum(one * one for one in factors) / sum(factors) ** 2
        squares = sum(one * one for one in texts.values())
        return (self.hourly + of_parts(total, squares, evenness)).kept(kept)


class Sums(Struct, frozen=True):
    """What is remembered of the days that are not kept hour by hour. They decay once a day, in UTC.

    daily: how much more than chance the number of negative texts of a day varies. shares,
    day_shares: how much the negative share of an hour does, and that of a day, in which those of
    its hours even out.
    """

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    hours: float = 0.0
    daily: Dispersion = Dispersion()
    shares: Dispersion = Dispersion()
    day_shares: Dispersion = Dispersion()

    def with_day(self, hours: Sequence[Hour], usual: float, *, of_company: bool) -> "Sums":
        """The same with the hours of a day that have documents; it is as long as `usual` hours."""
        texts = negative = documents = 0
        daily, shares, day_shares = self.daily, self.shares, self.day_shares
        share = Level(self.texts, self.negative, self.documents).share
        for one in hours:
            some = counted(one.bucket, one.texts, of_company=of_company)
            texts += one.texts
            negative += some.negative
            documents += some.documents
            if some.documents:
                shares += _of_share(share, some.negative, some.documents)
        if documents:
            day_shares += _of_share(share, negative, documents)
        if self.hours >= _SETTLED_HOURS:
            rate = (self.texts + PRIOR_TEXTS) / (self.hours + PRIOR_HOURS)
            daily += of_count(texts, rate * usual)
        return Sums(
            texts=_decayed(self.texts + texts),
            negative=_decayed(self.negative + negative),
            documents=_decayed(self.documents + documents),
            hours=_decayed(self.hours + usual),
            daily=daily.kept(_KEPT_SPREAD),
            shares=shares.kept(_KEPT_SPREAD),
            day_shares=day_shares.kept(_KEPT_SPREAD),
        )


class Past(Struct, frozen=True):
    """All that is remembered of a key.

    until: the hour before which all is in the sums. learnt: the one before which all is in the
    variation. Both are the first of a day, but for a key's first. hours: those since `until` that
    had a document. heard: the hash of each negative text of the last day, with the hour in which it
    came last, in order of that. shown: of each of the last days the document to be shown.
    of_company: whether negative texts are stories, which are remembered for a day; of what is no
    company they are the companies that are named.
    """

    until: int
    learnt: int
    sums: Sums = Sums()
    variation: Variation = Variation()
    hours: list[Hour] = []
    heard: list[tuple[int, int]] = []
    shown: list[DayEvidence] = []
    of_company: bool = False

    @classmethod
    def from_hour(cls, hour: int, *, of_company: bool = False) -> "Past":
        """That of a key of which nothing was heard before `hour`."""
        return cls(until=hour, learnt=hour, of_company=of_company)

    def with_minutes(self, hour: int, cells: Sequence[tuple[int, MinuteCell]]) -> "Past":
        """The same with minutes of an `hour`, all counted from the epoch, behind all others."""
        texts = [text for _, cell in cells for text in cell.texts] if self.of_company else []
        heard = self._heard_with(hour, texts) if texts else self.heard
        hours = list(self.hours)
        last = hours.pop() if hours and hours[-1].hour == hour else Hour(hour)
        hours.append(last.plus(cells))
        shown = self.shown
        for minute, cell in cells:
            if cell.evidence:
                shown = with_evidence(shown, minute, cell.evidence)
        return replace(self, hours=hours, heard=heard, shown=shown)

    def _heard_with(self, hour: int, texts: Sequence[str]) -> list[tuple[int, int]]:
        # The latest stands last.
        new = dict.fromkeys(map(hash_of, reversed(texts)), hour)
        kept = [one for one in self._heard_since(hour + 1 - HOURS_A_DAY) if one[0] not in new]
        # Of a busy key only the latest texts of the day are known.
        return [*kept, *reversed(new.items())][-_MAX_TEXTS:]

    def heard_since(self, hour: int) -> set[int]:
        """The hashes of the texts that were heard in `hour` or later, as far as they are known."""
        return {text for text, _ in self._heard_since(hour)}

    def _heard_since(self, hour: int) -> list[tuple[int, int]]:
        return self.heard[bisect_left(self.heard, hour, key=_HEARD_AT) :]

    @property
    def recent_texts(self) -> int:
        """Distinct negative texts of the hours that are not in the sums."""
        return sum(one.texts for one in self.hours)

    @property
    def documents_an_hour(self) -> float:
        """The documents of a usual hour, of the days that are in the sums; 0 if none is."""
        return self.sums.documents / self.sums.hours if self.sums.hours else 0.0

    def since(self, hour: int) -> list[Hour]:
        """Those of its hours that are `hour` or later."""
        return self.hours[bisect_left(self.hours, hour, key=_HOUR) :]

    def later(self, hour: int) -> "Past":
        """The same as it is to be in `hour`, in one step or in many.

        What is remembered changes once a day.
        """
        learnt = _day_of(hour - _RECENT_HOURS)
        if learnt <= self.learnt:
            return self
        sums, variation = self.sums, self.variation
        until = self.until
        for end in range(_day_of(self.learnt) + HOURS_A_DAY, learnt + 1, HOURS_A_DAY):
            begin = max(self.learnt, end - HOURS_A_DAY)
            variation = variation.with_day(self._between(begin, end), begin, end)
            summed = end + _RECENT_HOURS - KEPT_HOURS
            if summed > until:
                # By the rhythm as it was then: the outcome must not depend on the steps.
                usual = sum(variation.rhythm.factors(until, summed))
                hours = self._between(until, summed)
                sums = sums.with_day(hours, usual, of_company=self.of_company)
                until = summed
        return replace(
            self,
            until=until,
            learnt=learnt,
            sums=sums,
            variation=variation,
            hours=self.since(until),
        )

    def texts_between(self, start: int, end: int) -> int:
        """Distinct negative texts of the hours from `start` to `end`, not before `until`."""
        return sum(one.texts for one in self._between(start, end))

    def _between(self, start: int, end: int) -> list[Hour]:
        hours = self.hours
        if not hours or hours[-1].hour < start or hours[0].hour >= end:
            # On most days most keys have none.
            return []
        return hours[bisect_left(hours, start, key=_HOUR) : bisect_left(hours, end, key=_HOUR)]

    def level_before(self, hour: int, exposure: float) -> Level:
        """The level with the hours up to `hour`, which are as long as `exposure` usual ones."""
        texts = negative = documents = 0
        for one in self.hours:
            if one.hour >= hour:
                break
            some = counted(one.bucket, one.texts, of_company=self.of_company)
            texts += one.texts
            negative += some.negative
            documents += some.documents
        sums = self.sums
        return Level(
            sums.texts + texts,
            sums.negative + negative,
            sums.documents + documents,
            sums.hours + exposure,
        )


def counted(bucket: Bucket, texts: int, *, of_company: bool) -> Bucket:
    """The documents that a share is taken of: of each of the negative `texts` of a company one.

    Else who sends one story often would make whatever follows look usual. Of what is no company
    the texts are companies, of which much may be said.
    """
    return Bucket(bucket.documents - bucket.negative + texts, texts) if of_company else bucket


def hash_of(text: str) -> int:
    """What a negative text is remembered by."""
    return crc32(text.encode())


def _within(hour: Hour, place: int) -> Dispersion:
    """What an hour says of how numbers vary within it, by the `BURST_MINUTES` at `place`."""
    return of_parts(hour.texts, hour.bursts[place].squares, BURST_MINUTES[place] / MINUTES_AN_HOUR)


def _of_share(share: float, negative: int, documents: int) -> Dispersion:
    """What an hour or a day says, of whose documents a `share` was to be expected negative.

    The variance of n draws is v = n s (1 - s) by chance, and f (n - 1) v more; a beta distribution
    of weight c has f = 1 / (c + 1).
    """
    chance = documents * share * (1 - share)
    deviation = negative - share * documents
    # One says as much as any other, once several of its documents were to be expected negative.
    weight = 1 / ((1 + chance) * documents)
    return Dispersion((deviation * deviation - chance) * weight, (documents - 1) * chance * weight)


def _decayed(total: float) -> float:
    return round(total * _KEPT, _DIGITS)


def _day_of(hour: int) -> int:
    return hour // HOURS_A_DAY * HOURS_A_DAY
