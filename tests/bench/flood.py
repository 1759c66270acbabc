"""A sender for each document: how far Redis grows, and whether the totals are right."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from msgspec.structs import replace
from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from schemas import SentimentWindow, decode, encode
from schemas.deadletter import Headers
from schemas.scored import ScoredDocument
from schemas.times import from_millis
from stream import heartbeat
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import MAX_BATCH, WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing, RawRecord
from stream.settings import load
from tests.bench.harness import Figures, finish
from tests.records import SCORED

_SOURCE = "news.raw.v1/0"
_START = 1_773_734_400_000
_SPAN = 600_000
_HOUR = 3_600_000
_MEGABYTE = 1_000_000
_PARTS = 10


def bench(sources: int) -> None:
    """Count a document of each of so many `sources` in ten minutes of event time, and close."""
    with embedded_redis() as url:
        rows, totals = asyncio.run(_run(url, sources))
    memory = Figures("Redis while sources come", ["sources", "MB of Redis", "seconds"], rows)
    counts: list[list[str | float]] = [[name, number] for name, number in totals.items()]
    windows = Figures("in windows of a day", ["kind", "documents"], counts)
    finish("flood", {}, [memory, windows])
    if not totals["source"] == totals["all"] == sources:
        raise SystemExit("the windows of the sources do not add up to all documents")


async def _run(url: str, count: int) -> tuple[list[list[Any]], Counter[str]]:
    settings, sink = load(redis_url=url, namespace="bench"), _Sink()
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, settings.shards)
        store, sources = Store(redis, keys), Sources(redis, keys)
        producer = cast(Producer, sink)
        await store.begin({0: 0})
        await sources.announce([_SOURCE], now=0)
        counter = WindowCounter(store, producer, counting_rules(settings))
        counter.begin({0: 0})
        closer = WindowCloser(WindowStore(redis, keys), producer, "windows", 1, settings.hops)
        rows, part, began = [], [], time.perf_counter()
        for record in _records(count):
            part.append(record)
            if len(part) == MAX_BATCH:
                await counter.apply(part)
                part = []
            if record.offset % (count // _PARTS) == 0:
                await _close(store, sources, closer, settings.shards)
                rows.append([record.offset, await _megabytes(redis), time.perf_counter() - began])
        await counter.apply(part)
        await _close(store, sources, closer, settings.shards)
        rows.append([count, await _megabytes(redis), time.perf_counter() - began])
    return rows, sink.totals


async def _close(store: Store, sources: Sources, closer: WindowCloser, shards: int) -> None:
    progress = await store.follow(range(shards), await sources.move_horizon())
    for shard, at in progress.items():
        while await closer.close(shard, at.horizon):
            pass


async def _megabytes(redis: Redis) -> float:
    memory = await redis.info("memory")
    return round(float(memory["used_memory"]) / _MEGABYTE, 1)


def _records(count: int) -> Iterator[RawRecord]:
    for number in range(count):
        document = _document(number, _START + number * _SPAN // count)
        yield _record(number, b"k", encode(document), [])
    end = heartbeat.headers(_START + _HOUR)
    yield _record(count, _SOURCE.encode(), None, end)


def _record(offset: int, key: bytes, value: bytes | None, headers: Headers) -> RawRecord:
    return RawRecord(
        topic="scored",
        partition=0,
        offset=offset,
        timestamp=0,
        key=key,
        value=value,
        headers=headers,
    )


def _document(number: int, at: int) -> ScoredDocument:
    time = from_millis(at)
    return replace(
        SCORED,
        id=str(number),
        source=f"handle{number}",
        origin=replace(SCORED.origin, topic="news.raw.v1", partition=0, offset=number),
        published_at=time,
        arrived_at=time,
    )


class _Sink:
    """Takes windows and adds those of a day up by the kind of their key."""

    def __init__(self) -> None:
        self.totals = Counter[str]()

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        for record in records:
            one = decode(record.value or b"", SentimentWindow)
            # All come within an hour: each key has one window of a day at its end.
            if one.size == "24h":
                self.totals[one.kind] += one.documents
