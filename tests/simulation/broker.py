"""A broker in memory: partitions, one consumer group, and all that was ever acknowledged."""

from collections import defaultdict
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

import orjson

from schemas.deadletter import DeadLetterHeaders
from stream import heartbeat
from stream.records import Outgoing, RawRecord


class Partition(NamedTuple):
    """A partition of a Kafka topic."""

    topic: str
    number: int


_MARKER = [("transaction-marker", None)]


def is_marker(record: RawRecord) -> bool:
    """Whether there is no record at this offset, but the end of a transaction."""
    return record.headers == _MARKER


class Broker:
    """`partitions` gives the partitions of each Kafka topic; one that is not named has one."""

    def __init__(self, partitions: dict[str, int]) -> None:
        self.partitions = partitions
        self.logs: defaultdict[Partition, list[RawRecord]] = defaultdict(list)
        self.committed: defaultdict[Partition, int] = defaultdict(int)
        self.owners: dict[Partition, object] = {}
        self.acknowledged: defaultdict[Partition, set[int]] = defaultdict(set)
        # What came of an input record: where it stood, or the source and time of a heartbeat.
        self.produced: set[tuple[str, int, int] | tuple[str, int]] = set()

    def topic(self, name: str) -> list[RawRecord]:
        """All records of a Kafka topic, partition by partition."""
        return [record for number in range(self.count(name)) for record in self.log(name, number)]

    def log(self, topic: str, number: int) -> list[RawRecord]:
        return self.logs[Partition(topic, number)]

    def count(self, topic: str) -> int:
        return self.partitions.get(topic, 1)

    def place(self, outgoing: Outgoing) -> Partition:
        """The partition a record goes to."""
        number = outgoing.partition
        if number is None:
            number = crc32(outgoing.key or b"") % self.count(outgoing.topic)
        return Partition(outgoing.topic, number)

    def append(self, outgoing: Outgoing) -> None:
        place = self.place(outgoing)
        log = self.logs[place]
        record = RawRecord(
            topic=place.topic,
            partition=place.number,
            offset=len(log),
            timestamp=outgoing.timestamp or 0,
            key=outgoing.key,
            value=outgoing.value,
            headers=list(outgoing.headers or ()),
        )
        log.append(record)
        self._note(record)

    def append_marker(self, place: Partition) -> None:
        """Use an offset up, as the end of a transaction does."""
        self.append(Outgoing(place.topic, None, None, place.number, _MARKER))

    def end(self, partition: Partition) -> int:
        """The offset after the last record."""
        log = self.logs[partition]
        offsets = (record.offset for record in reversed(log) if not is_marker(record))
        return next(offsets, -1) + 1

    def _note(self, record: RawRecord) -> None:
        watermark = heartbeat.watermark(record.value, record.headers)
        if watermark is not None:
            self.produced.add(((record.key or b"").decode(), watermark))
        elif record.topic.endswith(".dlq"):
            why = DeadLetterHeaders.from_kafka(record.headers)
            self.produced.add((why.topic, why.partition, why.offset))
        elif record.value is not None and b'"origin"' in record.value:
            origin = orjson.loads(record.value)["origin"]
            self.produced.add((origin["topic"], origin["partition"], origin["offset"]))

    def commit(self, partition: Partition, member: object, offset: int) -> None:
        """Commit as Kafka does: the latest counts, lower or not; one who is no owner is refused."""
        if self.owners.get(partition) is member:
            self.committed[partition] = offset

    def open_before_commit(self, partition: Partition) -> list[int]:
        """Offsets that are committed though nobody acknowledged them."""
        done = set(range(self.committed[partition])) - self.acknowledged[partition]
        return sorted(offset for offset in done if not is_marker(self.logs[partition][offset]))

    def digest(self) -> str:
        """The same for two brokers that hold the same."""
        digest = sha256()
        for partition in sorted(self.logs):
            digest.update(repr((partition, self.logs[partition])).encode())
        return digest.hexdigest()
