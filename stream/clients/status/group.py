"""What Kafka tells of a stream: its workers, what waits for them, and how they last scored."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from msgspec import Struct

from schemas.deadletter import dead_letter_topic
from schemas.scored import Model
from schemas.times import Time
from stream.kafka import Admin, GroupMember, consumer, end_offsets, is_before, polled
from stream.settings import Settings

# How long is waited for the records that wait: some may be hidden by an open transaction.
_READ_SECONDS = 5.0

# Of each partition, those looked at for the last scored document: others are heartbeats.
_LAST_RECORDS = 1_000

# One record of a partition is enough, and Kafka gives one however large it is.
_FETCH_BYTES = 16_384
_FETCH_WAIT_MS = 100


class PartitionLag(Struct, frozen=True):
    """A partition: how many of its records wait, and for how many seconds the oldest has.

    `worker` is the member that reads it, where Kafka tells.
    """

    topic: str
    partition: int
    worker: str | None
    lag: int
    lag_seconds: float


class LastScored(Struct, frozen=True):
    """When the last document was scored, and by which model and version of the watch list."""

    scored_at: Time
    model: Model
    watchlist: str | None = None


class Group(Struct, frozen=True):
    """The consumer group of a stream, and its Kafka topics.

    missing: those that there are not. dead_letters: how many Kafka holds, by the Kafka topic that
    they came from.
    """

    workers: list[GroupMember]
    partitions: list[PartitionLag]
    missing: list[str]
    dead_letters: dict[str, int]
    last_scored: LastScored | None


async def read_group(settings: Settings) -> Group:
    """What Kafka tells.

    Raises:
        KafkaUnavailable: no broker answers.
        KafkaError: Kafka refuses to tell.
    """
    read = [*settings.input_topics, settings.topics.scored]
    async with Admin(settings) as admin:
        names = await admin.names()
        there = [name for name in read if name in names]
        letters = {dead_letter_topic(name): name for name in read}
        held = [name for name in letters if name in names]
        # Asked for a group, Kafka makes its own Kafka topic of them; none is asked for before ours.
        if not there:
            return Group([], [], read, {}, None)
        counts = await admin.partitions([*there, *held])
        group = settings.topics.named(settings.group)
        members = await admin.members(group)
        partitions = _partitions(there, counts)
        committed = await admin.committed(group, partitions)
    lags = await _lags(settings, partitions, committed)
    found = await _counts(settings, _partitions(held, counts))
    return Group(
        workers=members,
        partitions=_with_workers(lags, members),
        missing=[name for name in read if name not in names],
        dead_letters={letters[name]: found[name] for name in held},
        last_scored=await _last_scored(
            settings, [tp for tp in partitions if tp.topic == settings.topics.scored]
        ),
    )


def _partitions(topics: Iterable[str], counts: Mapping[str, int]) -> list[TopicPartition]:
    return [TopicPartition(name, number) for name in topics for number in range(counts[name])]


def _with_workers(
    lags: Mapping[TopicPartition, tuple[int, float]], members: Iterable[GroupMember]
) -> list[PartitionLag]:
    owners = {tp: member.id for member in members for tp in member.partitions or ()}
    return [
        PartitionLag(tp.topic, tp.partition, owners.get(tp), records, round(seconds, 1))
        for tp, (records, seconds) in lags.items()
    ]


async def _lags(
    settings: Settings,
    partitions: Sequence[TopicPartition],
    committed: Mapping[TopicPartition, int],
) -> dict[TopicPartition, tuple[int, float]]:
    """Of each partition, how many records wait, and since how many seconds the oldest does."""
    found = dict.fromkeys(partitions, (0, 0.0))
    async with _reader(settings, max_partition_fetch_bytes=_FETCH_BYTES) as reader:
        await _begin(reader, partitions, committed)
        ends = await end_offsets(reader)
        waiting = {tp for tp in partitions if await reader.position(tp) < ends[tp]}
        # What is left may be the ends of transactions, which are no records.
        with suppress(TimeoutError):
            async with asyncio.timeout(_READ_SECONDS):
                while waiting:
                    for tp, records in (await reader.getmany(*waiting, timeout_ms=100)).items():
                        oldest = records[0]
                        age = max(0.0, time.time() - oldest.timestamp / 1000)
                        found[tp] = ends[tp] - oldest.offset, age
                        waiting.discard(tp)
                    waiting = {tp for tp in waiting if await reader.position(tp) < ends[tp]}
    return found


async def _counts(settings: Settings, partitions: Sequence[TopicPartition]) -> dict[str, int]:
    """How many records Kafka holds of each Kafka topic."""
    found = dict.fromkeys((tp.topic for tp in partitions), 0)
    if not partitions:
        return found
    async with _reader(settings, max_partition_fetch_bytes=_FETCH_BYTES) as reader:
        await _begin(reader, partitions, {})
        begins = {tp: await reader.position(tp) for tp in partitions}
        for tp, end in (await end_offsets(reader)).items():
            found[tp.topic] += end - begins[tp]
    return found


async def _last_scored(
    settings: Settings, partitions: Sequence[TopicPartition]
) -> LastScored | None:
    last: LastScored | None = None
    if not partitions:
        return last
    async with _reader(settings) as reader:
        await _begin(reader, partitions, {})
        ends = await end_offsets(reader)
        for tp, end in ends.items():
            # Not before the first that Kafka still has.
            reader.seek(tp, max(await reader.position(tp), end - _LAST_RECORDS))
        while await is_before(reader, ends):
            for record in await polled(reader):
                scored = _scored_by(record.value)
                if scored and (last is None or scored.scored_at > last.scored_at):
                    last = scored
    return last


def _scored_by(value: bytes | None) -> LastScored | None:
    """Who scored a record of the scored Kafka topic; None for a heartbeat."""
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(value or b"", type=LastScored)
    return None


def _reader(settings: Settings, **options: int) -> AIOKafkaConsumer:
    return consumer(settings, fetch_max_wait_ms=_FETCH_WAIT_MS, **options)


async def _begin(
    reader: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    offsets: Mapping[TopicPartition, int],
) -> None:
    """Read `partitions` from their offset on, or where there is none from the first record."""
    reader.assign(list(partitions))
    for tp in partitions:
        if tp in offsets:
            reader.seek(tp, offsets[tp])
    if unread := [tp for tp in partitions if tp not in offsets]:
        await reader.seek_to_beginning(*unread)
