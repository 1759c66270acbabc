"""Dead letters: a look at them, and the way back to the Kafka topic they came from."""

import base64
import heapq
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition
from msgspec import Struct, ValidationError

from schemas.deadletter import DeadLetterHeaders, Headers, dead_letter_topic, original_headers
from schemas.times import from_millis, isoformat
from stream.kafka import Admin, Outgoing, Producer, consumer, end_offsets, read_to_end
from stream.settings import Settings

# Letters sent between two commits: as many may be sent twice if the process is killed.
_BATCH = 100


class NoLetters(ValueError):
    """What is to be sent back, or where to, does not exist; the message says which."""


class DeadLetter(Struct, frozen=True):
    """A dead letter: where it lies, its record as it came, and why it is there.

    `why` is absent when somebody else put it there. `timestamp` in milliseconds from the epoch.
    """

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    why: DeadLetterHeaders | None

    @property
    def failed_at(self) -> datetime:
        """When it was set aside, as far as that is known."""
        return self.why.failed_at if self.why else from_millis(self.timestamp)


class Span(Struct, frozen=True):
    """Offsets of one partition of dead letters: `start` to `end`, end exclusive."""

    partition: int
    start: int
    end: int


class Plan(Struct, frozen=True):
    """What a redrive sends. One that remembers is where the next such redrive begins."""

    spans: list[Span]
    remembers: bool

    @property
    def count(self) -> int:
        """How many letters these are, at most: Kafka may have dropped some between."""
        return sum(span.end - span.start for span in self.spans)


async def newest(settings: Settings, topic: str, most: int) -> tuple[list[DeadLetter], int]:
    """The `most` dead letters of `topic` that failed last, oldest first, and how many there are."""
    if not await _exists(settings, dead_letter_topic(topic)):
        return [], 0
    kept: list[tuple[datetime, int, int, DeadLetter]] = []
    count = 0
    async for message in read_to_end(settings, dead_letter_topic(topic)):
        letter = _letter(message)
        count += 1
        heapq.heappush(kept, (letter.failed_at, -letter.partition, letter.offset, letter))
        if len(kept) > most:
            heapq.heappop(kept)
    return [entry[-1] for entry in sorted(kept, key=lambda entry: entry[:-1])], count


def as_json(letter: DeadLetter) -> dict[str, Any]:
    """`letter` as JSON has it: bytes that are no text in base64."""
    why = letter.why
    return {
        "partition": letter.partition,
        "offset": letter.offset,
        "failed_at": isoformat(letter.failed_at),
        "stage": why.stage if why else None,
        "error": why.error if why else None,
        "origin": {"topic": why.topic, "partition": why.partition, "offset": why.offset}
        if why
        else None,
        **_bytes("key", letter.key),
        **_bytes("value", letter.value),
    }


async def pending(settings: Settings, topic: str) -> Plan:
    """The dead letters of `topic` that no redrive has sent back.

    Raises:
        NoLetters: `topic` does not exist.
    """
    held = await _held(settings, topic)
    async with _reader(settings) as reader:
        reader.assign([_partition(topic, span) for span in held])
        done = [await reader.committed(_partition(topic, span)) or 0 for span in held]
    spans = [
        Span(span.partition, max(span.start, offset), span.end)
        for span, offset in zip(held, done, strict=True)
    ]
    return Plan([span for span in spans if span.start < span.end], remembers=True)


async def chosen(settings: Settings, topic: str, places: Iterable[tuple[int, int]]) -> Plan:
    """The dead letters of `topic` at `places`, pairs of partition and offset, sent before or not.

    Raises:
        NoLetters: there is none at one of the places, or `topic` does not exist.
    """
    held = {span.partition: span for span in await _held(settings, topic)}
    wanted = [Span(partition, offset, offset + 1) for partition, offset in dict.fromkeys(places)]
    for span in wanted:
        there = held.get(span.partition, Span(span.partition, 0, 0))
        if not there.start <= span.start < there.end:
            raise NoLetters(
                f"there is no dead letter {span.partition}:{span.start}; partition"
                f" {span.partition} holds {there.end - there.start}, from {there.start} on"
            )
    return Plan(wanted, remembers=False)


async def redrive(settings: Settings, topic: str, plan: Plan, report: Callable[[int], None]) -> int:
    """Send the letters of `plan` back to `topic` as they came; gives how many.

    Only `topic` says where to: a header could be anybody's. The partition is the one the letter
    came from, where `topic` has it, so that what the sender keeps together stays together.
    """
    async with Admin(settings) as admin:
        partitions = (await admin.partitions([topic]))[topic]
    sent = 0
    async with _reader(settings) as reader, Producer(settings) as producer:
        for span in plan.spans:
            async for messages, done in _read(reader, _partition(topic, span), span):
                letters = map(_letter, messages)
                await producer.send_all([_original(topic, one, partitions) for one in letters])
                if plan.remembers:
                    await reader.commit({_partition(topic, span): done})
                sent += len(messages)
                report(sent)
    return sent


async def _read(
    reader: AIOKafkaConsumer, partition: TopicPartition, span: Span
) -> AsyncIterator[tuple[list[ConsumerRecord], int]]:
    reader.assign([partition])
    reader.seek(partition, span.start)
    position = span.start
    while position < span.end:
        found = await reader.getmany(partition, timeout_ms=500, max_records=_BATCH)
        position = min(await reader.position(partition), span.end)
        messages = [one for one in found.get(partition, []) if one.offset < span.end]
        yield messages, position


async def _held(settings: Settings, topic: str) -> list[Span]:
    if not await _exists(settings, topic):
        raise NoLetters(f"there is no Kafka topic {topic} to send anything back to")
    if not await _exists(settings, dead_letter_topic(topic)):
        return []
    async with consumer(settings, dead_letter_topic(topic)) as reader:
        starts = await reader.beginning_offsets(reader.assignment())
        ends = await end_offsets(reader)
    return [Span(one.partition, starts[one], ends[one]) for one in sorted(starts)]


async def _exists(settings: Settings, topic: str) -> bool:
    async with Admin(settings) as admin:
        return topic in await admin.names()


def _reader(settings: Settings) -> AIOKafkaConsumer:
    # No member of the group, which only keeps how far redrives have come.
    return consumer(settings, group_id=f"{settings.topics.named(settings.group)}.redrive")


def _partition(topic: str, span: Span) -> TopicPartition:
    return TopicPartition(dead_letter_topic(topic), span.partition)


def _letter(message: ConsumerRecord) -> DeadLetter:
    headers = list(message.headers)
    try:
        why = DeadLetterHeaders.from_kafka(headers)
    except ValidationError:
        why = None
    return DeadLetter(
        partition=message.partition,
        offset=message.offset,
        timestamp=message.timestamp,
        key=message.key,
        value=message.value,
        headers=headers,
        why=why,
    )


def _original(topic: str, letter: DeadLetter, partitions: int) -> Outgoing:
    # Without our headers it is a record that somebody else put there: it goes as it is.
    origin = letter.why.partition if letter.why else -1
    return Outgoing(
        topic=topic,
        key=letter.key,
        value=letter.value,
        partition=origin if 0 <= origin < partitions else None,
        headers=original_headers(letter.headers),
        timestamp=letter.why.timestamp if letter.why else letter.timestamp,
    )


def _bytes(name: str, value: bytes | None) -> dict[str, str | None]:
    try:
        return {name: value.decode() if value is not None else None}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value or b"").decode()}
