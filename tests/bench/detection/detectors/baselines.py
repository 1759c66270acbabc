"""What one would write oneself: a fixed threshold, a rolling z-score, an EWMA, and a sketch."""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from tests.bench.detection.detectors.detector import Detector, Document
from tests.bench.detection.detectors.surprise import surprise

HOUR = 3600.0
DAY = 24 * HOUR


class FixedThreshold(Detector):
    """Negative documents in the last hour."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def score(self, document: Document) -> float:
        if not document.negative:
            return 0.0
        self._times.append(document.second)
        while self._times[0] <= document.second - HOUR:
            self._times.popleft()
        return float(len(self._times))


class CountModel(Protocol):
    """A detector of a series of counts, one a bucket."""

    def absorb(self, count: int) -> None:
        """Learn the count of a bucket that is over."""
        ...

    def score(self, count: int) -> float:
        """How unusual so large a count is of the bucket that is not over yet."""
        ...


class Bucketed(Detector):
    """A key's negative documents as counts of buckets of `width` seconds, and their model."""

    def __init__(self, model: CountModel, width: float) -> None:
        self._model = model
        self._width = width
        self._bucket: int | None = None
        self._count = 0

    def learn(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._move_to(document.second)
            self._count += document.negative

    def score(self, document: Document) -> float:
        self._move_to(document.second)
        if not document.negative:
            return 0.0
        self._count += 1
        return self._model.score(self._count)

    def _move_to(self, second: float) -> None:
        bucket = int(second // self._width)
        if self._bucket is None:
            self._bucket = bucket
        while self._bucket < bucket:
            self._model.absorb(self._count)
            self._count = 0
            self._bucket += 1


class RollingZ:
    """Standard deviations above the mean of the last `window` buckets."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._counts: deque[int] = deque()
        self._sum = 0
        self._squares = 0

    def absorb(self, count: int) -> None:
        self._counts.append(count)
        self._sum += count
        self._squares += count * count
        if len(self._counts) > self._window:
            old = self._counts.popleft()
            self._sum -= old
            self._squares -= old * old

    def score(self, count: int) -> float:
        buckets = len(self._counts)
        if buckets < _FEWEST:
            return 0.0
        mean = self._sum / buckets
        return _deviations(count, mean, self._squares / buckets - mean * mean)


class Ewma:
    """Standard deviations above a mean in which a bucket loses half its weight in `half_life`."""

    def __init__(self, half_life: float) -> None:
        self._kept = 0.5 ** (1 / half_life)
        self._mean = self._variance = 0.0
        self._buckets = 0

    def absorb(self, count: int) -> None:
        self._buckets += 1
        # Until the first buckets would be forgotten, all weigh the same.
        weight = max(1 - self._kept, 1 / self._buckets)
        off = count - self._mean
        self._mean += weight * off
        self._variance = (1 - weight) * (self._variance + weight * off * off)

    def score(self, count: int) -> float:
        if self._buckets < _FEWEST:
            return 0.0
        return _deviations(count, self._mean, self._variance)


class Sketch(Detector):
    """Distinct negative texts of 1, 4 and 16 hours against a past of 20 days' half-life.

    Negative binomial of one shape for all keys; -log10 of the smallest p-value.
    """

    _WINDOWS = (1, 4, 16)
    _HALF_LIFE = 20 * DAY
    _FEWEST = 3
    # Before any past: half a text in five days.
    _PRIOR_TEXTS = 0.5
    _PRIOR = 5 * DAY

    def __init__(self, shape: float = 1.0) -> None:
        self._shape = shape
        self._seen: set[int] = set()
        self._recent: list[float] = []
        self._first: float | None = None
        self._last: float | None = None
        self._texts = self._exposure = 0.0

    def score(self, document: Document) -> float:
        now = document.second
        if self._first is None:
            self._first = now
        if not document.negative or document.text in self._seen:
            return 0.0
        self._seen.add(document.text)
        self._decay(now)
        self._recent.append(now)
        # Seldom, as it copies what is left.
        if self._recent[0] <= now - 2 * self._WINDOWS[-1] * HOUR:
            del self._recent[: bisect_right(self._recent, now - self._WINDOWS[-1] * HOUR)]
        score = max(map(self._surprise, self._WINDOWS))
        self._texts += 1
        return score if now > self._first + self._PRIOR else 0.0

    def _decay(self, now: float) -> None:
        if self._last is not None:
            kept = 0.5 ** ((now - self._last) / self._HALF_LIFE)
            self._texts *= kept
            self._exposure = self._exposure * kept + (1 - kept) * self._HALF_LIFE / math.log(2)
        self._last = now

    def _surprise(self, hours: int) -> float:
        start = self._recent[-1] - hours * HOUR
        texts = len(self._recent) - bisect_right(self._recent, start)
        if texts < self._FEWEST:
            return 0.0
        rate = (self._texts + self._PRIOR_TEXTS) / (self._exposure + self._PRIOR)
        return surprise(texts, rate * hours * HOUR, self._shape)


# A model that has seen fewer buckets says nothing.
_FEWEST = 20

# A count is whole: with a smaller deviation the first negative document of a quiet key is an alarm.
_SMALLEST_DEVIATION = 0.3


def _deviations(count: float, mean: float, variance: float) -> float:
    return (count - mean) / max(math.sqrt(max(variance, 0.0)), _SMALLEST_DEVIATION)
