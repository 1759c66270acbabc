"""Find idle input partitions: read to their end, and without new records for a while."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class IdlePartitions(Generic[Partition]):
    """Tracks how far each assigned partition is processed, and when it last had a record.

    A partition is idle after `timeout` seconds without a record, if all that Kafka holds of it is
    processed: one that is merely slow is not idle. Times are seconds of a monotonic clock.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._processed: dict[Partition, int] = {}
        self._last_record: dict[Partition, float] = {}

    def assigned(self, offsets: Mapping[Partition, int], now: float) -> None:
        """Partitions were assigned, each with the offset it is read from."""
        for partition, offset in offsets.items():
            self._processed[partition] = offset
            self._last_record[partition] = now

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Partitions were revoked."""
        for partition in partitions:
            self._processed.pop(partition, None)
            self._last_record.pop(partition, None)

    def processed(self, partition: Partition, offset: int, now: float) -> None:
        """The record at `offset` was processed at `now`."""
        self._processed[partition] = offset + 1
        self._last_record[partition] = now

    def find(self, ends: Mapping[Partition, int], now: float) -> list[Partition]:
        """The idle ones of the assigned partitions, given the end offset of each."""
        return [
            partition
            for partition, end in ends.items()
            if partition in self._processed
            and self._processed[partition] >= end
            and now - self._last_record[partition] >= self._timeout
        ]
