"""Send dead letters back to the Kafka topic they came from."""

from collections.abc import AsyncIterator, Callable, Iterable

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct

from schemas.deadletter import dead_letter_topic, original_headers
from schemas.errors import PetrelError
from schemas.suggestion import did_you_mean
from stream.clients.dead_letters import DeadLetter
from stream.kafka import Admin, Producer, consumer, end_offsets
from stream.records import Outgoing
from stream.settings import Settings

# Dead letters sent between two commits: as many may be sent twice if the process is killed.
_BATCH = 100


class RedriveError(PetrelError):
    """The topic, or a dead letter that was asked for, does not exist; the message says which."""


class OffsetRange(Struct, frozen=True):
    """Offsets of one partition of dead letters: `start` to `end`, end exclusive."""

    partition: int
    start: int
    end: int


class RedrivePlan(Struct, frozen=True):
    """What a redrive sends; with `commits`, the next redrive begins after it."""

    ranges: list[OffsetRange]
    commits: bool

    @property
    def count(self) -> int:
        """How many dead letters these are, at most: Kafka may have deleted some in between."""
        return sum(offsets.end - offsets.start for offsets in self.ranges)


async def plan_pending(settings: Settings, topic: str) -> RedrivePlan:
    """The dead letters of `topic` that no redrive has sent back.

    Raises:
        RedriveError: `topic` does not exist.
    """
    available = await _available(settings, topic)
    async with _reader(settings) as reader:
        reader.assign([_partition(topic, offsets) for offsets in available])
        committed = [
            await reader.committed(_partition(topic, offsets)) or 0 for offsets in available
        ]
    pending = [
        OffsetRange(offsets.partition, max(offsets.start, sent), offsets.end)
        for offsets, sent in zip(available, committed, strict=True)
    ]
    return RedrivePlan([one for one in pending if one.start < one.end], commits=True)


async def plan_chosen(
    settings: Settings, topic: str, offsets: Iterable[tuple[int, int]]
) -> RedrivePlan:
    """The dead letters of `topic` at `offsets`, pairs of partition and offset, sent before or not.

    Raises:
        RedriveError: there is none at one of the offsets, or `topic` does not exist.
    """
    available = {one.partition: one for one in await _available(settings, topic)}
    chosen = [OffsetRange(partition, at, at + 1) for partition, at in dict.fromkeys(offsets)]
    for one in chosen:
        held = available.get(one.partition, OffsetRange(one.partition, 0, 0))
        if not held.start <= one.start < held.end:
            raise RedriveError(
                f"there is no dead letter {one.partition}:{one.start}; partition"
                f" {one.partition} holds {held.end - held.start}, from {held.start} on"
            )
    return RedrivePlan(chosen, commits=False)


class Redriven(Struct, frozen=True):
    """How many dead letters were sent back, and how many were not: they had been cut to fit."""

    sent: int
    cut: int


async def redrive(
    settings: Settings, topic: str, plan: RedrivePlan, report: Callable[[int], None]
) -> Redriven:
    """Send the dead letters of `plan` back to `topic` as they came; gives how many.

    `report` is called with the number looked at so far. They go to `topic` whatever their headers
    say: anybody could have written those. The partition is the original one where `topic` has it,
    so that the order of the records of one partition is kept.
    """
    async with Admin(settings) as admin:
        partitions = (await admin.partitions([topic]))[topic]
    sent = cut = 0
    async with _reader(settings) as reader, Producer(settings) as producer:
        for offsets in plan.ranges:
            partition = _partition(topic, offsets)
            async for records, position in _read(reader, partition, offsets):
                letters = list(map(DeadLetter.from_record, records))
                whole = [one for one in letters if one.is_whole]
                await producer.send_all([original_record(topic, one, partitions) for one in whole])
                if plan.commits:
                    await reader.commit({partition: position})
                sent += len(whole)
                cut += len(letters) - len(whole)
                report(sent + cut)
    return Redriven(sent, cut)


def original_record(topic: str, letter: DeadLetter, partitions: int) -> Outgoing:
    """The record that `letter` was made of, for `topic`, which has so many partitions."""
    # Without a reason nothing is known of the original: the record goes as it is.
    reason = letter.reason
    partition = reason.partition if reason else -1
    return Outgoing(
        topic=topic,
        key=letter.key,
        value=letter.value,
        partition=partition if 0 <= partition < partitions else None,
        headers=original_headers(letter.headers),
        timestamp=reason.timestamp if reason else letter.timestamp,
    )


async def _read(
    reader: AIOKafkaConsumer, partition: TopicPartition, offsets: OffsetRange
) -> AsyncIterator[tuple[list[ConsumerRecord], int]]:
    reader.assign([partition])
    reader.seek(partition, offsets.start)
    position = offsets.start
    while position < offsets.end:
        found = await reader.getmany(partition, timeout_ms=500, max_records=_BATCH)
        position = min(await reader.position(partition), offsets.end)
        yield [one for one in found.get(partition, []) if one.offset < offsets.end], position


async def _available(settings: Settings, topic: str) -> list[OffsetRange]:
    async with Admin(settings) as admin:
        names = await admin.names()
    if topic not in names:
        raise RedriveError(
            f"there is no Kafka topic {topic} to send dead letters back to"
            f"{did_you_mean(topic, names)}"
        )
    if dead_letter_topic(topic) not in names:
        return []
    async with consumer(settings, dead_letter_topic(topic)) as reader:
        starts = await reader.beginning_offsets(reader.assignment())
        ends = await end_offsets(reader)
    return [OffsetRange(one.partition, starts[one], ends[one]) for one in sorted(starts)]


def _reader(settings: Settings) -> AIOKafkaConsumer:
    # It joins no group: the group only stores up to where dead letters were sent back.
    return consumer(settings, group_id=f"{settings.topics.named(settings.group)}.redrive")


def _partition(topic: str, offsets: OffsetRange) -> TopicPartition:
    return TopicPartition(dead_letter_topic(topic), offsets.partition)
