"""Petrel's own detector, on the documents of a bench."""

from collections.abc import Iterable

from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import SECONDS_A_MINUTE, Bucket
from stream.windows.cells import Cell, MinuteCell, merged
from stream.windows.key_evaluation import Evaluator
from stream.windows.spike_rule import SpikeRule
from tests.bench.detection.detectors.detector import Detector, Document
from tests.bench.detection.detectors.surprise import log_tail

# Seconds of age from which the worker takes a document for no news.
_STALE = 3600.0

# An alert that is open is not looked at by all horizons: none opens here.
_NEVER = 10**9
_RULE = SpikeRule(history=_NEVER)
# That nobody asks for a chance while a key learns saves most of the time.
_LEARNING_RULE = SpikeRule(history=_NEVER, smallest=_NEVER)
_LEARNING = 360.0 * SECONDS_A_MINUTE

_BUDGET = AlarmBudget(1.0, largest=1.0)
_KEY = "entity:key"

# What is learnt is judged by so many seconds at once.
_STRETCH = 60 * SECONDS_A_MINUTE


class PetrelDetector(Detector):
    """-log10 of the smallest chance over all horizons, as workers work it out.

    Documents behind the first negative one of a second are looked at with the next such second.
    """

    def __init__(self) -> None:
        self._evaluator = Evaluator(_RULE, _BUDGET, _KEY)
        # Of the minutes that were not over when the key was judged last.
        self._seconds: dict[int, Cell] = {}
        self._judged = 0
        self._first: float | None = None

    def learn(self, documents: Iterable[Document]) -> None:
        """Take in the first documents of a key, before any is scored."""
        evaluator = Evaluator(_LEARNING_RULE, _BUDGET, _KEY)
        minutes: dict[int, MinuteCell] = {}
        state = None
        for document in documents:
            second = int(document.second)
            if second >= self._judged + _STRETCH:
                self._judged = second // _STRETCH * _STRETCH
                judgement = evaluator.judge(self._seconds, self._judged)
                state = judgement.state
                minutes |= judgement.completed
                for minute in judgement.expired:
                    del minutes[minute]
                self._seconds = {}
            self._add(second, document)
        self._evaluator = Evaluator(_RULE, _BUDGET, _KEY, state, minutes)

    def score(self, document: Document) -> float:
        second = int(document.second)
        # What comes behind a second that is judged counts in the next: its minute may be over.
        self._add(max(second, self._judged), document)
        if not document.negative or second < self._judged:
            return 0.0
        judgement = self._evaluator.judge(self._seconds, second + 1)
        self._judged = second + 1
        minute = self._judged // SECONDS_A_MINUTE
        self._seconds = {
            at: cell for at, cell in self._seconds.items() if at // SECONDS_A_MINUTE == minute
        }
        learning = self._first is None or document.second < self._first + _LEARNING
        return 0.0 if learning else log_tail(judgement.chance)

    def _add(self, second: int, document: Document) -> None:
        if document.published is not None and document.second - document.published > _STALE:
            return
        if self._first is None:
            self._first = document.second
        cell, known = cell_of(document), self._seconds.get(second)
        self._seconds[second] = merged([known, cell]) if known else cell


def cell_of(document: Document) -> Cell:
    """What a document adds to its second."""
    bucket = Bucket(1, int(document.negative))
    return Cell(bucket, [_text(document)] if document.negative else [])


def _text(document: Document) -> str:
    """What counts once: texts of one mould do together, as of workers that know the mould."""
    return f"text {document.text}" if document.mould is None else f"mould {document.mould}"
