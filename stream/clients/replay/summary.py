"""Count what came out of a replay."""

import time
from collections.abc import AsyncIterator

import orjson
from msgspec import Struct, convert

from schemas.alert import Alert
from schemas.codec import decode
from schemas.deadletter import DeadLetterHeaders, dead_letter_topic
from schemas.scored import Origin
from stream.kafka import consumer, end_offsets, read_to_end
from stream.settings import Settings

# Where a record of the input topic is: partition and offset.
_Position = tuple[int, int]


class ReplaySummary(Struct, frozen=True, kw_only=True):
    """What came out of a replay.

    scored: documents; repeats: records of scored documents beyond one for each.
    missing: documents that are neither scored nor dead letters.
    stale: documents that were old when they came: in no window and no judgement.
    worker_failures: how often a worker ended without having been stopped.
    """

    namespace: str
    documents: int
    scored: int
    repeats: int
    dead_letters: int
    missing: int
    stale: int
    windows: int
    alerts: list[Alert]
    worker_failures: int
    seconds: float


async def summarize(
    settings: Settings, *, documents: int, worker_failures: int, began: float
) -> ReplaySummary:
    """Count what the replay's Kafka topics hold; its namespace is that of `settings`.

    `documents` is how many were sent, `began` when the replay began, by `time.monotonic`.
    """
    topics = settings.topics
    scored: dict[_Position, bool] = {}
    records = 0
    async for value in _values(settings, topics.scored):
        record = orjson.loads(value)
        origin = convert(record["origin"], Origin)
        scored.setdefault((origin.partition, origin.offset), record.get("stale", False))
        records += 1
    dead_letters = await _dead_letters(settings)
    alerts = [decode(value, Alert) async for value in _values(settings, topics.alerts)]
    return ReplaySummary(
        namespace=settings.namespace,
        documents=documents,
        scored=len(scored),
        repeats=records - len(scored),
        dead_letters=len(dead_letters),
        missing=documents - len(scored.keys() | dead_letters),
        stale=sum(scored.values()),
        windows=await count_records(settings, topics.windows),
        alerts=list({alert.id: alert for alert in alerts}.values()),
        worker_failures=worker_failures,
        seconds=round(time.monotonic() - began, 1),
    )


async def count_records(settings: Settings, topic: str) -> int:
    """How many records `topic` holds, if Kafka has deleted none."""
    async with consumer(settings, topic) as reader:
        return sum((await end_offsets(reader)).values())


async def _dead_letters(settings: Settings) -> set[_Position]:
    found = set()
    async for message in read_to_end(settings, dead_letter_topic(settings.input_topics[0])):
        headers = DeadLetterHeaders.from_kafka(message.headers)
        found.add((headers.partition, headers.offset))
    return found


async def _values(settings: Settings, topic: str) -> AsyncIterator[bytes]:
    async for message in read_to_end(settings, topic):
        if message.value is not None:
            yield message.value
