"""When each scored record counts, by the clock of its source partition, as a worker says."""

from schemas.scored import ScoredDocument
from stream.counting.updates import place_of
from stream.progress.source_clock import SourceClock
from stream.windows.buckets import SECOND


class Placement:
    """Places the records of a log, which must come in the order of each source partition.

    documents: those that count so far. stale: those in no window, since they were old when they
    came. repeats: those whose source record, or a later one of its partition, came before. first,
    last: the seconds of the first and the last that count, 0 when none does.
    """

    def __init__(self, stale_after: int) -> None:
        self.documents = self.stale = self.repeats = 0
        self.first = self.last = 0
        self._stale_after = stale_after
        self._clocks: dict[str, SourceClock] = {}
        self._offsets: dict[str, int] = {}

    def second_of(self, document: ScoredDocument) -> int | None:
        """The second at which `document` counts, from the epoch; None if it does not count."""
        source = f"{document.origin.topic}/{document.origin.partition}"
        if document.origin.offset <= self._offsets.get(source, -1):
            self.repeats += 1
            return None
        self._offsets[source] = document.origin.offset
        time = place_of(document, self._clock(source))
        if time is None:
            self.stale += 1
            return None
        second = time // SECOND
        self.first = min(self.first, second) if self.documents else second
        self.last = max(self.last, second)
        self.documents += 1
        return second

    def beat(self, source: str, watermark: int, *, begin: bool) -> None:
        """Move the clock of a source partition on, as a heartbeat does; in milliseconds."""
        clock = self._clock(source)
        (clock.begin_at if begin else clock.advance)(watermark)

    def _clock(self, source: str) -> SourceClock:
        clock = self._clocks.get(source)
        if clock is None:
            clock = self._clocks[source] = SourceClock(0, 0, self._stale_after)
        return clock
