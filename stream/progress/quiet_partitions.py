"""Find quiet input partitions: read to their end, with nothing of them in flight."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class QuietPartitions(Generic[Partition]):
    """Tracks which records of each assigned partition are processed.

    A partition is quiet when the consumer's position is its end, and all records that it was given
    are processed. The position alone says whether there is more: transaction markers, and what
    was aborted or deleted, have offsets and no record.
    """

    def __init__(self) -> None:
        self._processed: dict[Partition, int] = {}

    def assigned(self, offsets: Mapping[Partition, int]) -> None:
        """Partitions were assigned, each with the offset it is read from."""
        self._processed |= offsets

    def revoked(self, partitions: Iterable[Partition]) -> None:
        """Partitions were revoked."""
        for partition in partitions:
            self._processed.pop(partition, None)

    def processed(self, partition: Partition, offset: int) -> None:
        """The record at `offset` was processed."""
        if partition in self._processed:
            self._processed[partition] = offset + 1

    def find(
        self,
        fetched: Mapping[Partition, int],
        positions: Mapping[Partition, int],
        ends: Mapping[Partition, int],
    ) -> list[Partition]:
        """The quiet ones of the assigned partitions.

        `fetched` gives the offset after the last record that the consumer handed out, if any;
        `positions` the offset that it reads next; `ends` where the partition ends.
        """
        return [
            partition
            for partition, processed in self._processed.items()
            if partition in positions
            and partition in ends
            and positions[partition] >= ends[partition]
            and processed >= fetched.get(partition, 0)
        ]
