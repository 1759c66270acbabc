"""The rule that workers judged keys by before horizons, rhythm and learnt dispersion.

Two windows, a gamma-Poisson count and a beta-binomial share, and caps on what the past counts for.
"""

from collections import Counter, deque
from collections.abc import Iterable
from math import log

from msgspec import Struct

from stream.windows.tail_probabilities import beta_binomial_tail, negative_binomial_tail
from tests.bench.detection.detectors.detector import Detector, Document
from tests.bench.detection.detectors.surprise import log_tail

MINUTE = 60.0

# Seconds of age from which the worker takes a document for no news.
_STALE = 3600.0

_WINDOWS = (5 * MINUTE, 60 * MINUTE)
_SMALLEST = 3
_LEARNING = 360 * MINUTE
_LARGEST_SHARE_CHANCE = 0.05

# Before any history: one negative text in three hours, one document in four negative.
_PRIOR_NEGATIVE, _PRIOR_MINUTES = 1.0, 180.0
_PRIOR_SHARE_NEGATIVE, _PRIOR_SHARE_OTHER = 1.0, 3.0
# What the past counts for, at most: gamma shape and beta weight.
_CAP_NEGATIVE, _CAP_DOCUMENTS = 8.0, 12.0
# In minutes: a week.
_HALF_LIFE = 7 * 1440.0


class Past(Struct, frozen=True):
    """A key's decayed history: distinct negative texts, negative and all documents, minutes."""

    texts: float = 0.0
    negative: float = 0.0
    documents: float = 0.0
    minutes: float = 0.0

    def later(self, minutes: float) -> "Past":
        """The same past after `minutes` without documents, which count as exposure.

        Both decay, so that it makes no difference in how many steps the time passes.
        """
        kept = 0.5 ** (minutes / _HALF_LIFE)
        exposure = (1 - kept) * _HALF_LIFE / log(2)
        return Past(
            texts=self.texts * kept,
            negative=self.negative * kept,
            documents=self.documents * kept,
            minutes=self.minutes * kept + exposure,
        )

    def plus(self, texts: int, negative: int, documents: int) -> "Past":
        """The past with one more bucket in it."""
        return Past(
            self.texts + texts, self.negative + negative, self.documents + documents, self.minutes
        )

    def count_chance(self, texts: int, minutes: float) -> float:
        """The chance of so many distinct negative texts, or more, in a window of `minutes`."""
        shape, rate = self.texts + _PRIOR_NEGATIVE, self.minutes + _PRIOR_MINUTES
        weight = min(1.0, _CAP_NEGATIVE / shape)
        shape, rate = shape * weight, rate * weight
        return negative_binomial_tail(texts, shape, rate / (rate + minutes))

    def share_chance(self, negative: int, documents: int) -> float:
        """The chance of so large a negative share."""
        against = self.negative + _PRIOR_SHARE_NEGATIVE
        others = self.documents - self.negative + _PRIOR_SHARE_OTHER
        weight = min(1.0, _CAP_DOCUMENTS / (against + others))
        return beta_binomial_tail(negative, documents, against * weight, others * weight)


class FormerRule(Detector):
    """-log10 of the count's p-value, in the window in which it is smallest.

    Too few texts, or a share that is nothing unusual, score 0. Windows end with the document.
    """

    def __init__(self) -> None:
        self._windows = [_Window(seconds) for seconds in _WINDOWS]
        self._first: float | None = None
        self._past = Past()
        self._absorbed = 0.0

    def learn(self, documents: Iterable[Document]) -> None:
        for document in documents:
            if not _is_stale(document):
                self._take_in(document)

    def score(self, document: Document) -> float:
        if _is_stale(document):
            return 0.0
        first = self._take_in(document)
        if document.second < first + _LEARNING or not document.negative:
            return 0.0
        return max(map(self._score, self._windows))

    def _take_in(self, document: Document) -> float:
        """Take in a document; gives the time of the first one."""
        if self._first is None:
            self._first = self._absorbed = document.second
        for window in self._windows:
            left = window.add(document)
        # The last of the windows is the longest: what leaves it is the past.
        self._absorb(left, document.second - self._windows[-1].seconds)
        return self._first

    def _score(self, window: "_Window") -> float:
        texts = len(window.texts)
        if texts < _SMALLEST:
            return 0.0
        share = self._past.share_chance(window.negative, len(window.documents))
        if share > _LARGEST_SHARE_CHANCE:
            return 0.0
        return log_tail(self._past.count_chance(texts, window.seconds / MINUTE))

    def _absorb(self, left: list[tuple[Document, bool]], until: float) -> None:
        for document, distinct in left:
            self._later(document.second)
            self._past = self._past.plus(int(distinct), int(document.negative), 1)
        self._later(until)

    def _later(self, second: float) -> None:
        if second > self._absorbed:
            self._past = self._past.later((second - self._absorbed) / MINUTE)
            self._absorbed = second


class _Window:
    """The documents of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.documents: deque[Document] = deque()
        self.texts: Counter[int] = Counter()
        self.negative = 0

    def add(self, document: Document) -> list[tuple[Document, bool]]:
        """Take in a document; gives those that left, and whether its text left with it."""
        self.documents.append(document)
        if document.negative:
            self.negative += 1
            self.texts[document.text] += 1
        left = []
        while self.documents[0].second <= document.second - self.seconds:
            old = self.documents.popleft()
            left.append((old, old.negative and self._forget(old.text)))
        return left

    def _forget(self, text: int) -> bool:
        self.negative -= 1
        self.texts[text] -= 1
        if self.texts[text]:
            return False
        del self.texts[text]
        return True


def _is_stale(document: Document) -> bool:
    return document.published is not None and document.second - document.published > _STALE
