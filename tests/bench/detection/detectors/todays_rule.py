"""The rule that the worker judges keys by, on the documents of a bench."""

from collections import Counter, deque

from stream.windows.buckets import SIZES
from stream.windows.spike_rule import SPIKE_SIZES, Past, SpikeRule, judge
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.detectors.surprise import log_tail

MINUTE = 60.0

# Seconds of age from which the worker takes a document for no news.
_STALE = 3600.0


class TodaysRule:
    """-log10 of the count's p-value, in the window in which it is smallest.

    Too few texts, or a share that is nothing unusual, score 0. Windows end with the document.
    """

    def __init__(self) -> None:
        self._rule = SpikeRule()
        self._windows = [_Window(SIZES[size] * MINUTE) for size in SPIKE_SIZES]
        self._first: float | None = None
        self._past = Past()
        self._absorbed = 0.0

    def score(self, document: Document) -> float:
        if document.published is not None and document.second - document.published > _STALE:
            return 0.0
        if self._first is None:
            self._first = self._absorbed = document.second
        for window in self._windows:
            left = window.add(document)
        # The last of the windows is the longest: what leaves it is the past.
        self._absorb(left, document.second - self._windows[-1].seconds)
        learning = document.second < self._first + self._rule.history * MINUTE
        if learning or not document.negative:
            return 0.0
        return max(map(self._score, self._windows))

    def _score(self, window: "_Window") -> float:
        texts = len(window.texts)
        if texts < self._rule.smallest:
            return 0.0
        verdict = judge(
            self._past,
            texts=texts,
            negative=window.negative,
            documents=len(window.documents),
            minutes=window.seconds / MINUTE,
        )
        return (
            log_tail(verdict.count_p_value)
            if verdict.share_p_value <= self._rule.share_p_value
            else 0.0
        )

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
