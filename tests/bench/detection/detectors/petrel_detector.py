"""Petrel's own detector, on the documents of a bench."""

from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.cells import Cell, merged
from stream.windows.key_evaluation import Evaluator
from stream.windows.spike_rule import SpikeRule
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.detectors.surprise import log_tail

# Seconds of age from which the worker takes a document for no news.
_STALE = 3600.0

# An alert that is open is not looked at by all horizons: none opens here.
_NEVER = 10**9
_LEARNING = 360.0 * SECONDS_A_MINUTE


class PetrelDetector:
    """-log10 of the smallest chance over all horizons, as workers work it out.

    Documents behind the first one of a second are looked at with the next second.
    """

    def __init__(self) -> None:
        budget = AlarmBudget(1.0, largest=1.0)
        self._evaluator = Evaluator(SpikeRule(history=_NEVER), budget, "entity:key")
        self._seconds: dict[int, Cell] = {}
        self._judged = 0
        self._first: float | None = None

    def score(self, document: Document) -> float:
        if document.published is not None and document.second - document.published > _STALE:
            return 0.0
        second = int(document.second)
        if self._first is None:
            self._first = document.second
        self._add(second, document)
        if second < self._judged:
            return 0.0
        judgement = self._evaluator.judge(self._seconds, second + 1)
        self._judged = second + 1
        if document.second < self._first + _LEARNING or not document.negative:
            return 0.0
        return log_tail(judgement.chance)

    def _add(self, second: int, document: Document) -> None:
        minute = second // SECONDS_A_MINUTE
        # What came within the minute that was not over when it was judged last is given again.
        last = self._judged // SECONDS_A_MINUTE
        self._seconds = {
            at: cell
            for at, cell in self._seconds.items()
            if at // SECONDS_A_MINUTE in (minute, last)
        }
        bucket = Bucket(1, int(document.negative))
        cell = Cell(bucket, [str(document.text)] if document.negative else [])
        known = self._seconds.get(second)
        self._seconds[second] = merged([known, cell]) if known else cell
