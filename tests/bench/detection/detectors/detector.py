"""What every detector of a key is given and gives, and when its scores are alarms."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from msgspec import Struct

# Seconds after an alarm in which its key raises none, whatever the detector: 16 hours.
REFRACTORY = 16 * 3600.0


class Document(Struct, frozen=True):
    """A document about a key. Times are in seconds since 1970.

    second: when it came. negative: whether its negative probability is at least a half.
    text: the same for copies of one text. published: when it was written, where that is known
    to be long before it came. mould: the same for texts that differ in names and numbers only,
    where that is known.
    """

    second: float
    negative: bool
    probability: float
    text: int
    published: float | None = None
    mould: int | None = None


class Detector(Protocol):
    """Watches one key; its documents come in the order of time."""

    def learn(self, documents: Iterable[Document]) -> None:
        """Take in documents whose scores nobody asks for."""
        for document in documents:
            self.score(document)

    def score(self, document: Document) -> float:
        """How alarming the key is with this document: higher is more, 0 is not at all."""
        ...


Make = Callable[[], Detector]

# The times of a key's documents that score more than 0, with their scores.
Scores = list[tuple[float, float]]


def run(detector: Detector, documents: Iterable[Document]) -> Scores:
    """The scores of a key's documents."""
    scores = ((document.second, detector.score(document)) for document in documents)
    return [(second, score) for second, score in scores if score > 0]


def alarms(scores: Scores, threshold: float) -> list[float]:
    """When a key raises an alarm: its score reaches the threshold, and it is not refractory."""
    raised: list[float] = []
    for second, score in scores:
        if score >= threshold and (not raised or second >= raised[-1] + REFRACTORY):
            raised.append(second)
    return raised


def threshold(keys: Collection[Scores], most: float) -> float:
    """The lowest score at which the keys raise at most `most` alarms in all, as a threshold."""
    steps = sorted({score for scores in keys for _, score in scores})
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high) // 2
        raised = sum(len(alarms(scores, steps[middle])) for scores in keys)
        low, high = (low, middle) if raised <= most else (middle + 1, high)
    return steps[low] if low < len(steps) else float("inf")
