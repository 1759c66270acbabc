"""Scored documents into Redis: updates per second, bytes of a key and day, cost of closing."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count as counting
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from stream.counting.redis_client import connect, forget
from stream.counting.redis_keys import RedisKeys, namespace_prefix
from stream.counting.store import BatchUpdate, Store
from stream.counting.updates import Update
from stream.counting.window_closer import WindowCloser
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing
from stream.settings import Settings, load
from stream.windows.buckets import MINUTE
from stream.windows.window_closing import hours_to_read
from tests.bench.harness import Figures, compared, finish, interleaved

PETREL, PLAIN = "petrel: once, evidence", "HINCRBY of three counts"

# Documents of one round trip, as the aggregate agent takes at most.
_BATCH = 500
_KEYS = 100
_KEYS_PER_DOCUMENT = 4
_SHARDS = 4
_NEGATIVE = 0.25

_DAY = 1440
# The middle of an hour: the minute whose end is closed.
_DAY_END = 29_000_160 + 30
_CLOSED = (10, 1_000, 100_000)
_PER_DAY = (24, 240, 1440, 14400)

Updates = dict[str, list[Update]]
Apply = Callable[[Redis, Updates], Awaitable[object]]


def bench(batches: int, rounds: int) -> None:
    """Measure on a redis-server of our own, with `batches` of 500 documents a run."""
    with embedded_redis() as url:
        settings = load(redis_url=url, namespace="bench")
        offsets = counting()
        ways = {PETREL: _petrel, PLAIN: _plain}
        runs = {
            name: partial(_updates_per_second, settings, apply, batches, offsets)
            for name, apply in ways.items()
        }
        raw = interleaved(runs, rounds)
        sizes = {number: asyncio.run(_bytes_after_a_day(settings, number)) for number in _PER_DAY}
    columns = ["way", "updates/s", "documents/s", "max/min", "petrel is × as fast"]
    updates = Figures(
        f"updates, {_KEYS_PER_DOCUMENT} keys a document",
        columns,
        compared(raw, PETREL, [1 / _KEYS_PER_DOCUMENT]),
    )
    rows: list[list[str | float]] = [[f"{n:,}", size, size // n] for n, size in sizes.items()]
    day = Figures("one key after a day", ["documents", "bytes", "bytes a document"], rows)
    finish("windows", raw, [updates, day, _closing_table()])


def _updates_per_second(
    settings: Settings, apply: Apply, batches: int, offsets: Iterator[int]
) -> float:
    made = [_batch(random.Random(number), offsets) for number in range(batches)]

    async def run() -> float:
        async with connect(settings) as redis:
            await Store(redis, RedisKeys("bench", _SHARDS)).begin({0: 0})
            began = time.perf_counter()
            for batch in made:
                await apply(redis, batch)
            taken = time.perf_counter() - began
            await forget(redis, settings.namespace)
        return batches * _BATCH * _KEYS_PER_DOCUMENT / taken

    return asyncio.run(run())


async def _petrel(redis: Redis, batch: Updates) -> None:
    offsets = [one.offset for some in batch.values() for one in some]
    store = Store(redis, RedisKeys("bench", _SHARDS))
    await store.apply(BatchUpdate({0: (0, max(offsets) + 1)}, batch, {}))


async def _plain(redis: Redis, batch: Updates) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for key, updates in batch.items():
            for one in updates:
                name = f"{namespace_prefix('bench')}:{key}:{one.second // 60}"
                pipe.hincrby(name, "documents", 1)
                pipe.hincrby(name, "negative", one.negative)
                pipe.hincrby(name, "sentiment", one.sentiment)
        await pipe.execute()


async def _bytes_after_a_day(settings: Settings, documents: int) -> int:
    rng = random.Random(documents)
    minutes = sorted(rng.randrange(_DAY) for _ in range(documents))
    updates = [_update(rng, minute, offset) for offset, minute in enumerate(minutes)]
    async with connect(settings) as redis:
        store = Store(redis, RedisKeys(settings.namespace, _SHARDS))
        await store.begin({0: 0})
        for start in range(0, documents, _BATCH):
            some = {"entity:acme": updates[start : start + _BATCH]}
            await store.apply(BatchUpdate({0: (start, start + _BATCH)}, some, {}))
        names = [
            name async for name in redis.scan_iter(f"{namespace_prefix('bench')}:*key:entity:acme")
        ]
        size = int(await redis.memory_usage(names[0], samples=0) or 0)
        await forget(redis, settings.namespace)
    return size


def _closing_table() -> Figures:
    """What closing a minute of keys costs whose whole day was busy."""
    columns = ["keys", "bytes read a key", "CPU ms a key", "longest Redis command, ms"]
    rows: list[list[str | float]] = []
    for count in _CLOSED:
        with embedded_redis() as url:
            rows.append([f"{count:,}", *asyncio.run(_closing_cost(load(redis_url=url), count))])
    return Figures("closing a minute of busy keys", columns, rows)


async def _closing_cost(settings: Settings, count: int) -> tuple[float, float, float]:
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, _SHARDS)
        names = [f"entity:{number}" for number in range(count)]
        await _busy_day(redis, keys, names)
        store = WindowStore(redis, keys)
        closer = WindowCloser(store, cast(Producer, _Nowhere()), "windows", 1, settings.hops)
        read = await _bytes_read(redis, keys, names[0])
        await redis.config_set("slowlog-log-slower-than", 0)
        began = time.process_time()
        closed = 0
        for shard in range(_SHARDS):
            while done := await closer.close(shard, (_DAY_END + 1) * MINUTE):
                closed += done
        assert closed == count
        spent = 1000 * (time.process_time() - began) / count
        slow = await redis.slowlog_get(128)
        return read, round(spent, 3), max(entry["duration"] for entry in slow) / 1000


async def _busy_day(redis: Redis, keys: RedisKeys, names: Sequence[str]) -> None:
    """Write what counting and closing leave of keys with documents in each minute of a day."""
    hour = _DAY_END // 60
    minutes = [(minute, 900, 200, 300, 12_000) for minute in range(60)]
    totals = [(hour - 24 + n, 54_000, 12_000, 18_000, 720_000) for n in range(24)]
    pack = msgspec.msgpack.encode
    fields: dict[Any, Any] = {
        "version": 86_400,
        "closed_until": _DAY_END,
        "held": pack([hour - 1, hour]),
        "hours": pack(totals),
        f"hour:{hour - 1}": pack(minutes),
        f"hour:{hour}": pack(minutes[: _DAY_END % 60 + 1]),
    }
    async with redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hset(keys.counts(name), mapping=fields)
            pipe.zadd(keys.timers(keys.shard_of(name)), {name: _DAY_END + 1})
        for slot in keys.slots:
            pipe.set(slot.horizon, (_DAY_END + 1) * MINUTE)
        await pipe.execute()


async def _bytes_read(redis: Redis, keys: RedisKeys, name: str) -> int:
    hours = [f"hour:{hour}" for hour in hours_to_read(_DAY_END + 1)]
    found = await redis.hmget(
        keys.counts(name), ["version", "closed_until", "held", "hours", *hours]
    )
    return sum(len(value or b"") for value in found)


class _Nowhere:
    """Takes windows and does nothing with them."""

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        for _ in records:
            pass


def _batch(rng: random.Random, offsets: Iterator[int]) -> Updates:
    # All of a batch fall into a few minutes, as they do in a live stream.
    batch: defaultdict[str, list[Update]] = defaultdict(list)
    for _ in range(_BATCH):
        update = _update(rng, rng.randrange(2), next(offsets))
        for key in rng.sample(range(_KEYS), _KEYS_PER_DOCUMENT):
            batch[f"entity:{key}"].append(update)
    return batch


def _update(rng: random.Random, minute: int, offset: int) -> Update:
    negative = rng.random() < _NEGATIVE
    evidence = f'{{"id":"{offset}","text":"{"x" * 120}","negative":0.9,"source":"wire"}}'
    return Update(
        partition=0,
        offset=offset,
        second=60 * minute + rng.randrange(60),
        negative=int(negative),
        positive=0,
        sentiment=-80 if negative else 5,
        distinct_text=f"{rng.getrandbits(64):016x}" if negative else False,
        evidence=(rng.random(), str(offset), evidence) if negative else False,
    )
