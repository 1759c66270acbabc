"""Replaying a file, or a time range of a Kafka topic, through workers of its own.

A replay has a namespace: its Kafka topics and Redis keys are its own, so that live state is
untouched. Its heartbeats come from its own clock, and its workers never take silence for the end,
so that windows and alerts are the same at any speed.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zlib import crc32

import orjson
from msgspec import Struct, ValidationError, convert
from redis.asyncio import Redis

from bundle.text import fingerprint
from schemas.alert import Alert
from schemas.codec import decode
from schemas.deadletter import DeadLetterHeaders, Headers, dead_letter_topic
from schemas.scored import Origin
from schemas.times import Time, to_millis
from stream import heartbeat
from stream.clients.files.reader import read_rows
from stream.clients.spool import Spool, Spooled
from stream.counting.store import Store, connect, forget
from stream.kafka import (
    Admin,
    Outgoing,
    Producer,
    consumer,
    end_offsets,
    ensure_topics,
    read_to_end,
)
from stream.settings import Settings, environment
from stream.supervisor import Supervisor
from stream.windows.watermark import MINUTE
from stream.windows.windows import LONGEST

KAFKA_SOURCE = "kafka:"

_BATCH = 500
_POLL_SECONDS = 0.5

# After the last document: long enough for it to leave the longest window and for alerts to resolve.
_AFTER = (LONGEST + 120) * MINUTE


class Options(Struct, frozen=True, kw_only=True):
    """What to replay and how.

    source: a CSV, JSONL or Parquet file, or `kafka:<topic>`. fields: document field -> column.
    start, end: the range of event time, or of a Kafka topic's timestamps, end exclusive.
    speed: times faster than the original; None is as fast as it goes.
    """

    source: str
    fields: Mapping[str, str] = {}
    start: datetime | None = None
    end: datetime | None = None
    speed: float | None = None
    workers: int = 1
    keep: bool = False
    log: Path | None = None


class Summary(Struct, frozen=True, kw_only=True):
    """What came of a replay. `scored` counts documents, `repeats` the records beyond one each."""

    namespace: str
    documents: int
    scored: int
    repeats: int
    dead_letters: int
    missing: int
    too_late: int
    windows: int
    alerts: list[Alert]
    worker_failures: int
    seconds: float


class Progress(Struct, frozen=True):
    """How far a replay is: documents in all, sent, and out again (scored or set aside)."""

    total: int
    sent: int
    out: int


class ReplayError(ValueError):
    """A replay that cannot be done; the message says why."""


Report = Callable[[Progress], None]


def replay(settings: Settings, options: Options, report: Report) -> Summary:
    """Replay `options.source` to the end; `report` is told of the progress.

    Raises:
        ReplayError: there is nothing to replay.
        WorkersFailed: the workers keep failing.
    """
    return asyncio.run(run(settings, namespaced(settings, options), options, report))


def namespaced(settings: Settings, options: Options) -> Settings:
    """The settings of the replay's workers, in a namespace that nobody has."""
    name = options.source.removeprefix(KAFKA_SOURCE)
    return settings.model_copy(
        update={
            "namespace": f"replay-{uuid.uuid4().hex[:8]}",
            "inputs": (name if options.source.startswith(KAFKA_SOURCE) else "documents.v1",),
            "idle": 0.0,
            # The live workers' ports are taken.
            "health_port": None,
        }
    )


async def run(settings: Settings, own: Settings, options: Options, report: Report) -> Summary:
    """The same in a running event loop, with the settings that `namespaced` gave."""
    began = time.monotonic()
    with Spool() as spool:
        await _fill(spool, settings, options)
        if not len(spool):
            raise ReplayError(f"{options.source} holds no document in the range asked for")
        partitions = await ensure_topics(own)
        with Supervisor(options.workers, environment(own), options.log) as workers:
            under_way = _Run(own, options, spool, partitions, workers, report)
            await under_way.feed()
            await under_way.wait()
            workers.stop()
            summary = await under_way.summary(began)
    if not options.keep:
        await _clean_up(own, list(partitions))
    return summary


class _Run:
    """One replay under way."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        spool: Spool,
        partitions: Mapping[str, int],
        workers: Supervisor,
        report: Report,
    ) -> None:
        self._settings = settings
        self._options = options
        self._spool = spool
        self._topic = settings.input_topics[0]
        self._partitions = partitions
        self._workers = workers
        self._report = report
        self._total = len(spool)
        self._sent = 0
        self._reported = 0.0
        self._end = 0

    async def feed(self) -> None:
        """Send every document at its time, then say that there are no more."""
        async with Producer(self._settings) as producer:
            async for batch in _paced(self._spool, self._options.speed):
                await producer.send_all(map(self._document, batch))
                self._sent += len(batch)
                self._end = batch[-1].time
                if self._options.speed is not None:
                    lateness = int(self._settings.lateness * 1000)
                    await producer.send_all(self._heartbeats(self._end - lateness))
                await self._tell()
            self._end += _AFTER
            await producer.send_all(self._heartbeats(self._end))

    async def wait(self) -> None:
        """Wait until everything is counted, closed and sent."""
        async with connect(self._settings) as redis:
            store = self._store(redis)
            until = self._end // MINUTE
            while await store.watermark() < self._end or await store.pending(until):
                await self._tell()
                await asyncio.sleep(_POLL_SECONDS)

    async def summary(self, began: float) -> Summary:
        """Count what came out."""
        topics = self._settings.topics
        seen: set[tuple[int, int]] = set()
        records = 0
        async for value in _values(self._settings, topics.scored):
            origin = convert(orjson.loads(value)["origin"], Origin)
            seen.add((origin.partition, origin.offset))
            records += 1
        dead = await self._dead_letters()
        alerts = [decode(value, Alert) async for value in _values(self._settings, topics.alerts)]
        async with connect(self._settings) as redis:
            too_late = await self._store(redis).too_late()
        return Summary(
            namespace=self._settings.namespace,
            documents=self._total,
            scored=len(seen),
            repeats=records - len(seen),
            dead_letters=len(dead),
            missing=self._total - len(seen | dead),
            too_late=too_late,
            windows=await self._count(topics.windows),
            alerts=list({alert.id: alert for alert in alerts}.values()),
            worker_failures=self._workers.failures,
            seconds=round(time.monotonic() - began, 1),
        )

    async def _dead_letters(self) -> set[tuple[int, int]]:
        found = set()
        async for headers in _headers(self._settings, dead_letter_topic(self._topic)):
            why = DeadLetterHeaders.from_kafka(headers)
            found.add((why.partition, why.offset))
        return found

    async def _tell(self) -> None:
        self._workers.check()
        if time.monotonic() - self._reported < _POLL_SECONDS:
            return
        scored = await self._count(self._settings.topics.scored)
        out = scored + await self._count(dead_letter_topic(self._topic))
        self._report(Progress(self._total, self._sent, min(out, self._total)))
        self._reported = time.monotonic()

    async def _count(self, topic: str) -> int:
        async with consumer(self._settings, topic) as reader:
            return sum((await end_offsets(reader)).values())

    def _document(self, record: Spooled) -> Outgoing:
        return Outgoing(
            topic=self._topic,
            key=record.key,
            value=record.value,
            partition=_place(record.value) % self._partitions[self._topic],
            headers=record.headers,
            # A broker refuses what is dated too far ahead; the worker says that better.
            timestamp=min(record.time, int(time.time() * 1000)),
        )

    def _heartbeats(self, watermark: int) -> Iterable[Outgoing]:
        for partition in range(self._partitions[self._topic]):
            yield Outgoing(
                self._topic, b"heartbeat", None, partition, heartbeat.headers(max(watermark, 0))
            )

    def _store(self, redis: Redis) -> Store:
        shards = self._partitions[self._settings.topics.scored]
        return Store(redis, self._settings.namespace, shards)


async def _fill(spool: Spool, settings: Settings, options: Options) -> None:
    if options.source.startswith(KAFKA_SOURCE):
        async for record in _topic_range(settings, options):
            spool.add(record)
        return
    for row in read_rows(options.source, options.fields):
        value = orjson.dumps(row)
        record = Spooled(_time_of(value, 0), _key(row.get("id")), value)
        if _in_range(record.time, options):
            spool.add(record)


async def _topic_range(settings: Settings, options: Options) -> AsyncIterator[Spooled]:
    async for message in read_to_end(settings, options.source.removeprefix(KAFKA_SOURCE)):
        if _in_range(message.timestamp, options):
            moment = _time_of(message.value, message.timestamp)
            yield Spooled(moment, message.key, message.value, list(message.headers))


async def _paced(spool: Spool, speed: float | None) -> AsyncIterator[list[Spooled]]:
    began, first = time.monotonic(), None
    batch: list[Spooled] = []
    for record in spool:
        first = record.time if first is None else first
        wait = 0.0
        if speed is not None:
            wait = began + (record.time - first) / 1000 / speed - time.monotonic()
        if batch and (wait > 0 or len(batch) == _BATCH):
            yield batch
            batch = []
        if wait > 0:
            await asyncio.sleep(wait)
        batch.append(record)
    yield batch


async def _values(settings: Settings, topic: str) -> AsyncIterator[bytes]:
    async for message in read_to_end(settings, topic):
        if message.value is not None:
            yield message.value


async def _headers(settings: Settings, topic: str) -> AsyncIterator[Headers]:
    async for message in read_to_end(settings, topic):
        yield message.headers


def _in_range(moment: int, options: Options) -> bool:
    after = options.start is None or moment >= to_millis(options.start)
    return after and (options.end is None or moment < to_millis(options.end))


def _place(value: bytes | None) -> int:
    # Copies of one text go to one partition, so that which of them came first is settled there.
    try:
        text = orjson.loads(value or b"")["text"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return crc32(value or b"")
    return fingerprint(text) if isinstance(text, str) else 0


def _time_of(value: bytes | None, otherwise: int) -> int:
    # What has no time that can be read is a dead letter to be: it goes where Kafka has it.
    try:
        return to_millis(convert(orjson.loads(value or b"")["published_at"], Time))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValidationError):
        return otherwise


def _key(name: object) -> bytes | None:
    return name.encode() if isinstance(name, str) else None


async def _clean_up(settings: Settings, topics: Sequence[str]) -> None:
    async with Admin(settings) as admin:
        await admin.delete(topics)
    async with connect(settings) as redis:
        await forget(redis, settings.namespace)
