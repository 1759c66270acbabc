"""Scored documents into Redis: updates per second, bytes of a key and day, cost of closing."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count as counting

from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from stream.counting.redis_client import connect, forget
from stream.counting.redis_keys import RedisKeys, namespace_prefix
from stream.counting.store import BatchUpdate, Store
from stream.counting.updates import Update
from stream.settings import Settings, load
from tests.bench.harness import Figures, compared, finish, interleaved
from tests.bench.window_costs import (
    closing_table,
    common_table,
    counting_table,
    made_update,
)

PETREL, PLAIN = "petrel: once, evidence", "HINCRBY of three counts"

# Documents of one round trip, as the aggregate agent takes at most.
_BATCH = 500
_KEYS = 100
_KEYS_PER_DOCUMENT = 4
_SHARDS = 4

_DAY = 1440
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
    costs = [counting_table(), common_table(), closing_table()]
    finish("windows", raw, [updates, day, *costs])


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
    updates = [made_update(rng, minute, offset) for offset, minute in enumerate(minutes)]
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


def _batch(rng: random.Random, offsets: Iterator[int]) -> Updates:
    # All of a batch fall into a few minutes, as they do in a live stream.
    batch: defaultdict[str, list[Update]] = defaultdict(list)
    for _ in range(_BATCH):
        update = made_update(rng, rng.randrange(2), next(offsets))
        for key in rng.sample(range(_KEYS), _KEYS_PER_DOCUMENT):
            batch[f"entity:{key}"].append(update)
    return batch
