"""Read the scored documents of this namespace: the last in Kafka, and new ones as they come."""

from collections.abc import AsyncIterator, Callable, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from schemas.scored import ScoredDocument
from stream.clients.results.received import Received, decoded
from stream.clients.results.scored_filter import ScoredFilter
from stream.clients.results.seen_names import SeenNames
from stream.kafka import consumer, end_offsets, is_before, polled
from stream.settings import Settings

ReceivedDocument = Received[ScoredDocument]

# How far back of the end of a partition is looked, in records: a Kafka topic that holds years is
# not read whole for the last ten documents about a company.
MAX_SEARCHED = 100_000

# Each look goes back so many times as far as the one before: few documents are read twice.
_FURTHER = 10


async def read_scored(
    settings: Settings,
    wanted: ScoredFilter,
    last: int,
    tell_none: Callable[[str], None],
    *,
    follow: bool,
) -> AsyncIterator[ReceivedDocument]:
    """The `last` documents in Kafka that are `wanted`, by time; with `follow`, then the new ones.

    Of each partition the last `MAX_SEARCHED` records are looked through. When none is wanted,
    `tell_none` is called with the end of a sentence: the name that may be meant, or nothing.
    """
    seen = SeenNames()
    async with consumer(settings, settings.topics.scored) as reader:
        ends = await end_offsets(reader)
        found = await _last(reader, ends, wanted, last, seen)
        if last and not found:
            tell_none(seen.near(wanted))
        for received in found:
            yield received
        _seek(reader, ends)
        while follow:
            for received in decoded(await polled(reader), ScoredDocument):
                if wanted.takes(received.record):
                    yield received


async def _last(
    reader: AIOKafkaConsumer,
    ends: Mapping[TopicPartition, int],
    wanted: ScoredFilter,
    last: int,
    seen: SeenNames,
) -> list[ReceivedDocument]:
    span = last
    while True:
        found = await _tails(reader, ends, wanted, span, seen)
        open_ends = [p for p in ends if len(found[p]) < last and ends[p] > span]
        if not open_ends or span >= MAX_SEARCHED:
            break
        span = min(span * _FURTHER, MAX_SEARCHED)
    documents = [one for tail in found.values() for one in tail]
    # Not `[-last:]`, which of none gives all.
    return sorted(documents, key=_time)[max(len(documents) - last, 0) :]


async def _tails(
    reader: AIOKafkaConsumer,
    ends: Mapping[TopicPartition, int],
    wanted: ScoredFilter,
    span: int,
    seen: SeenNames,
) -> dict[TopicPartition, list[ReceivedDocument]]:
    """The wanted ones of the last `span` records of each partition."""
    found: dict[TopicPartition, list[ReceivedDocument]] = {partition: [] for partition in ends}
    _seek(reader, {partition: max(end - span, 0) for partition, end in ends.items()})
    while await is_before(reader, ends):
        for message in await polled(reader):
            partition = TopicPartition(message.topic, message.partition)
            if message.offset < ends[partition]:
                for one in decoded([message], ScoredDocument):
                    seen.add(one.record)
                    if wanted.takes(one.record):
                        found[partition].append(one)
    return found


def _seek(reader: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    for partition, offset in offsets.items():
        reader.seek(partition, offset)


def _time(received: ReceivedDocument) -> float:
    return received.record.event_time.timestamp()
