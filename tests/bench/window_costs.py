"""CPU of the worker and of Redis: for each document counted, for each key closed."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from msgspec.structs import replace
from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from stream.counting.detection import ShardGroup, shard_groups
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update
from stream.counting.window_closer import WindowCloser
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing
from stream.settings import Settings, load
from stream.windows.buckets import MINUTE
from stream.windows.cells import EvidenceRow
from stream.windows.window_closing import hours_to_read
from tests.bench.harness import Figures

_KEYS_PER_DOCUMENT = 4
_NEGATIVE = 0.25
_COUNTED_KEYS = (1, 10, 1_000, 100_000)
_CLOSED_KEYS = (10, 1_000, 100_000)
# Documents of one round trip, as the aggregate agent takes at most; of two seconds, as in a stream
# that is live.
_BATCH = 500
_BATCHES = 40
_PARTITIONS = (10, 100, 2_000)
_CALLS = 500

_DAY = 1440
_A_MINUTE = 10
# The middle of an hour: the minute whose end is closed.
_DAY_END = 29_000_160 + 30
# Keys copied in one round trip.
_COPIES = 1_000


class Spent:
    """CPU, in seconds, of this process and of Redis; the longest command of Redis, in whole ms.

    seconds: on the clock.
    """

    worker = 0.0
    redis = 0.0
    longest = 0
    seconds = 0.0


def made_update(rng: random.Random, minute: int, offset: int) -> Update:
    """An update of one document, negative in a quarter of all cases, in a second of `minute`."""
    negative = rng.random() < _NEGATIVE
    evidence = (
        f'{{"id":"{offset}","text":"{"x" * 120}","negative":0.9,'
        f'"published_at":"2026-03-17T08:00:00.000Z","source":"wire"}}'
    )
    return Update(
        partition=0,
        offset=offset,
        second=60 * minute + rng.randrange(60),
        negative=int(negative),
        positive=0,
        sentiment=-80 if negative else 5,
        distinct_text=f"{rng.getrandbits(64):016x}" if negative else None,
        evidence=EvidenceRow(rng.random(), str(offset), 0, evidence) if negative else None,
    )


def counting_table() -> Figures:
    """What counting a document costs, by how many keys its four are of."""
    columns = ["keys", "worker, CPU us a document", "Redis", "longest Redis command, ms"]
    rows: list[list[str | float]] = []
    for count in _COUNTED_KEYS:
        with embedded_redis() as url:
            spent = asyncio.run(_counting_cost(load(redis_url=url), count))
        each = 1e6 / (_BATCHES * _BATCH)
        costs = [round(spent.worker * each), round(spent.redis * each), spent.longest]
        rows.append([f"{count:,}", *costs])
    return Figures("counting documents, four keys each (of one key: one)", columns, rows)


def common_table() -> Figures:
    """What one node of Redis does for all: for each batch, for each look at what is complete."""
    columns = ["source partitions", "Redis, CPU us a batch", "us a look at what is complete"]
    rows: list[list[str | float]] = []
    for count in _PARTITIONS:
        with embedded_redis() as url:
            batch, look = asyncio.run(_common_cost(load(redis_url=url), count))
        rows.append([f"{count:,}", round(batch), round(look)])
    return Figures("what is common to all shards", columns, rows)


def closing_table() -> Figures:
    """What closing a minute of keys costs whose whole day was busy."""
    columns = [
        "keys", "bytes read a key", "worker, CPU ms a key", "Redis", "longest Redis command, ms",
        "worker, CPU ms a look at what is due", "Redis, a look",
    ]  # fmt: skip
    rows: list[list[str | float]] = []
    for count in _CLOSED_KEYS:
        with embedded_redis() as url:
            read, look, spent = asyncio.run(_closing_cost(load(redis_url=url), count))
        each = 1e3 / count
        costs = [round(spent.worker * each, 3), round(spent.redis * each, 3), spent.longest]
        looking = [round(1e3 * look.worker, 2), round(1e3 * look.redis, 2)]
        rows.append([f"{count:,}", read, *costs, *looking])
    return Figures("closing a minute of busy keys", columns, rows)


async def _counting_cost(settings: Settings, count: int) -> Spent:
    rng = random.Random(count)
    batches = [_batch(rng, number * _BATCH, count) for number in range(_BATCHES)]
    async with connect(settings) as redis:
        store = Store(redis, RedisKeys(settings.namespace, settings.shards))
        await store.begin({0: 0})
        async with measured(redis) as spent:
            for number, updates in enumerate(batches):
                offsets = {0: (number * _BATCH, (number + 1) * _BATCH)}
                await store.apply(BatchUpdate(offsets, updates, {}))
    return spent


async def _common_cost(settings: Settings, count: int) -> tuple[float, float]:
    names = [f"news.raw.v1/{number}" for number in range(count)]
    async with connect(settings) as redis:
        # Of a cluster each shard is elsewhere: here there is none but what is common.
        keys = RedisKeys(settings.namespace, 0)
        store, sources = Store(redis, keys), Sources(redis, keys)
        await store.begin(dict.fromkeys(range(count), 0))
        await sources.announce(names, now=0)
        async with measured(redis) as batches:
            for number in range(_CALLS):
                name, at = names[number % count], SourceProgress(number, number)
                offsets = {number % count: (number // count, number // count + 1)}
                update = BatchUpdate(offsets, {}, {name: at}, earliest=number, sources=[name])
                await store.apply(update)
        async with measured(redis) as looks:
            for _ in range(_CALLS):
                await sources.move_horizon()
    return 1e6 * batches.redis / _CALLS, 1e6 * looks.redis / _CALLS


def _batch(rng: random.Random, first: int, count: int) -> dict[str, list[Update]]:
    batch: defaultdict[str, list[Update]] = defaultdict(list)
    for offset in range(first, first + _BATCH):
        update = replace(made_update(rng, 0, offset), second=first // _BATCH + rng.randrange(2))
        for key in rng.sample(range(count), min(count, _KEYS_PER_DOCUMENT)):
            batch[f"entity:{key}"].append(update)
    return batch


async def _closing_cost(settings: Settings, count: int) -> tuple[int, Spent, Spent]:
    """Bytes read of a key; what a look at what is due spends, and closing it."""
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, settings.shards)
        closer = WindowCloser(
            WindowStore(redis, keys), cast(Producer, Nowhere()), "windows", 1, settings.hops
        )
        store = Store(redis, keys)
        await _busy_day(redis, store, keys, closer, count)
        read = await _bytes_read(redis, keys)
        async with measured(redis) as look:
            due = await _due(store, keys, _DAY_END + 1)
        async with measured(redis) as spent:
            closed = await _close(closer, due)
        assert closed == count
    return read, look, spent


async def _busy_day(
    redis: Redis, store: Store, keys: RedisKeys, closer: WindowCloser, count: int
) -> None:
    """Count documents in each minute of a day; all but its last minute is closed."""
    rng = random.Random(0)
    first = _DAY_END - _DAY
    minutes = [first + number // _A_MINUTE for number in range(_DAY * _A_MINUTE)]
    updates = [made_update(rng, minute, offset) for offset, minute in enumerate(minutes)]
    await store.begin({0: 0})
    await _apply(store, updates)
    await _close(closer, await _due(store, keys, _DAY_END))
    offsets = range(len(updates), len(updates) + _A_MINUTE)
    await _apply(store, [made_update(rng, _DAY_END, offset) for offset in offsets])
    await _copy(redis, keys, range(1, count))
    # As if all had been judged.
    await redis.delete(keys.checks(keys.shard_of(_name(0))))


async def _apply(store: Store, updates: Sequence[Update]) -> None:
    for start in range(0, len(updates), _BATCH):
        some = updates[start : start + _BATCH]
        offsets = {0: (some[0].offset, some[-1].offset + 1)}
        await store.apply(BatchUpdate(offsets, {_name(0): some}, {}))


async def _copy(redis: Redis, keys: RedisKeys, numbers: Sequence[int]) -> None:
    """Give other keys the counts of the first: as if they had its documents."""
    for start in range(0, len(numbers), _COPIES):
        async with redis.pipeline(transaction=False) as pipe:
            for name in map(_name, numbers[start : start + _COPIES]):
                pipe.copy(keys.counts(_name(0)), keys.counts(name))
                pipe.zadd(keys.timers(keys.shard_of(name)), {name: _DAY_END + 1})
            await pipe.execute()


async def _due(store: Store, keys: RedisKeys, until: int) -> list[ShardGroup]:
    return list(shard_groups(await store.follow(range(keys.shards), until * MINUTE)))


async def _close(closer: WindowCloser, due: Sequence[ShardGroup]) -> int:
    """Close all that is due."""
    closed = 0
    for group in due:
        while done := await closer.close(group.shards, group.horizon):
            closed += done
    return closed


async def _bytes_read(redis: Redis, keys: RedisKeys) -> int:
    hours = [f"hour:{hour}" for hour in hours_to_read(_DAY_END + 1, 1)]
    fields = ["version", "closed_until", "held", "hours", *hours]
    found = await redis.hmget(keys.counts(_name(0)), fields)
    return sum(len(value or b"") for value in found)


@asynccontextmanager
async def measured(redis: Redis) -> AsyncIterator[Spent]:
    """What the block spends; known when it ends."""
    spent = Spent()
    # Redis' own monitor. A slow log that holds every command would fill the memory measured.
    await redis.config_set("latency-monitor-threshold", 1)
    await redis.latency_reset()
    server, began, start = await _redis_cpu(redis), time.process_time(), time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - start
    spent.worker = time.process_time() - began
    spent.redis = await _redis_cpu(redis) - server
    events: Any = await redis.latency_latest()
    spent.longest = max((int(longest) for _, _, _, longest in events), default=0)


async def _redis_cpu(redis: Redis) -> float:
    used = await redis.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _name(number: int) -> str:
    return f"entity:{number}"


class Nowhere:
    """Takes windows and does nothing with them."""

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        for _ in records:
            pass
