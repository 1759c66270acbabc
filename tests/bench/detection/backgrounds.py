"""A key into which something is injected: its documents, and what is usual of it."""

import numpy as np
from msgspec import Struct

from tests.bench.detection.detectors.detector import Document

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR


class Background(Struct, frozen=True):
    """A key without anything injected: its documents, from when on it counts, when it ends.

    negative: those of its documents that are. hours, weekdays: how many of them a minute has, by
    the hour of the day; and the part of that on each day of the week.
    """

    name: str
    documents: list[Document]
    negative: list[Document]
    start: float
    end: float
    hours: list[float]
    weekdays: list[float]

    @property
    def days(self) -> float:
        """How many key-days count."""
        return (self.end - self.start) / DAY

    def rate(self, second: float) -> float:
        """The usual number of negative documents a minute at `second`."""
        return self.hours[int(second % DAY // HOUR)] * self.weekdays[int(second // DAY) % 7]


def background(name: str, documents: list[Document], learning: float) -> Background:
    """A key of these documents; its first `learning` seconds do not count."""
    first, end = documents[0].second, documents[-1].second
    negative = [document for document in documents if document.negative]
    seconds = np.array([document.second for document in negative])
    hours = np.bincount((seconds % DAY // HOUR).astype(int), minlength=24)
    days = (seconds // DAY).astype(int)
    weekdays = np.bincount(days % 7, minlength=7)
    # Parts of days at both ends are not whole ones.
    passed = np.arange(first, end, HOUR) // DAY
    lasts = np.bincount(passed.astype(int) % 7, minlength=7) * HOUR
    mean = max(len(negative), 1) / (end - first)
    return Background(
        name,
        documents,
        negative,
        first + learning,
        end,
        (hours / ((end - first) / DAY * 60)).tolist(),
        (weekdays / np.maximum(lasts, 1.0) / mean).tolist(),
    )
