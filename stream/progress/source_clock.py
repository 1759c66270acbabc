"""Event time per source partition: where a record stands, and how far the partition is.

Kafka appends the records of a partition in order, so none can have arrived before those that it
comes after, whatever its timestamp says: with a producer's clock (`CreateTime`) timestamps go back
and forth. So the clock of a partition never goes back, and no record comes too late. It follows
from the partition's own log alone: a record gets the same place however fast, and beside whatever
other partitions, the log is read.
"""


class SourceClock:
    """The clock of one source partition.

    `watermark`: no record to come has a time before it. `begin`: what arrived before it is history
    of a source that nobody waited for then. `stale_after`: the age from which a document is stale.
    """

    def __init__(self, watermark: int, begin: int, stale_after: int) -> None:
        self.watermark = watermark
        self.begin = begin
        self._stale_after = stale_after

    def place(self, arrived: int, published: int) -> int | None:
        """The time of a document that `arrived`; None if it counts in no window, since it is stale.

        A document that was old already when it came says nothing about now. It moves the clock
        like any other.
        """
        if arrived < self.begin:
            return None
        self.advance(arrived)
        return None if self.watermark - published > self._stale_after else self.watermark

    def advance(self, watermark: int) -> None:
        """Move the clock forward; it never goes back."""
        self.watermark = max(self.watermark, watermark)

    def begin_at(self, time: int) -> None:
        """Leave out what arrived before `time`: windows until then were emitted without it."""
        self.begin = max(self.begin, time)
        self.advance(time)
