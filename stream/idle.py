"""Which input partitions have gone quiet: read to their end, and silent for a while."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class IdleWatch(Generic[Partition]):
    """Times are seconds of one steady clock.

    A partition that is merely slow is not quiet: all that Kafka holds of it must be done.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._done: dict[Partition, int] = {}
        self._active: dict[Partition, float] = {}

    def assigned(self, offsets: Mapping[Partition, int], now: float) -> None:
        """Partitions arrived, with the offset each is read from."""
        for partition, offset in offsets.items():
            self._done[partition] = offset
            self._active[partition] = now

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Partitions went away."""
        for partition in partitions:
            self._done.pop(partition, None)
            self._active.pop(partition, None)

    def done(self, partition: Partition, offset: int, now: float) -> None:
        """The record at `offset` is done."""
        self._done[partition] = offset + 1
        self._active[partition] = now

    def quiet(self, ends: Mapping[Partition, int], now: float) -> list[Partition]:
        """Those of the partitions, given their end offsets, that have gone quiet."""
        return [
            partition
            for partition, end in ends.items()
            if partition in self._done
            and self._done[partition] >= end
            and now - self._active[partition] >= self._after
        ]
