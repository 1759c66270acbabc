"""What is kept: in Redis of a key and of a remembered document, in Kafka of each record."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from schemas.codec import encode
from schemas.scored import Model
from stream.counting.detection import shard_groups
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_store import AlertStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.store import BatchUpdate, Store
from stream.counting.updates import Update
from stream.counting.window_closer import WindowCloser
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.scoring.copied_scores import CopiedScores, key_of
from stream.scoring.duplicates import (
    Copy,
    DuplicateQuery,
    Duplicates,
    First,
    Remembered,
    sketch,
)
from stream.scoring.hashing import bands, mixed, word_hash
from stream.scoring.moulds import MouldSketch
from stream.settings import Settings, load
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import MINUTE
from tests.bench.harness import Figures, finish
from tests.bench.window_costs import Nowhere, Spent, made_update, measured
from tests.records import SCORED, WINDOW

# Of all keys: the fewer a key has, the more keys to divide by.
_DOCUMENTS = 288_000
_PER_DAY = (1, 24, 240, 1440)
_DAY = 1440
# Those of the longest window: of its hours a state tells, and shows a document of each day.
_DAYS = 3
_SHARDS = 64
_FIRST = 29_000_160
_BATCH = 500

# Words of a remembered text. From 27 on its hashes are kept, from 63 on all that ever are.
_WORDS = {"a tweet or a headline, 12 to 24 words": (12, 24), "a story, 30 to 90 words": (30, 90)}
_WORD_BITS = 16
_LOOK_UPS = 1_000
_SCORES = msgspec.msgpack.encode(
    CopiedScores(
        key_of(Model("starter", "6c5a8baa4260"), bytes(16)),
        (12_344, 45_611, 942_045),
        [("earnings", 913_204), ("markets", 120_112)],
        [("Orvane Group", "ORG", 961_201)],
    )
)


def bench(documents: int) -> None:
    """Fill a redis-server of our own; `documents` are remembered at most, of twice as many."""
    rows: list[list[str | float]] = []
    for count in _PER_DAY:
        with embedded_redis() as url:
            active, silent = asyncio.run(_keys(load(redis_url=url), count))
        rows.append([f"a key with {count:,} a day, for {_DAYS} days", active])
        rows.append(["the same, silent for a day", silent])
    costs: list[list[str | float]] = []
    each = 1e6 / (2 * documents)
    for name, words in _WORDS.items():
        with embedded_redis() as url:
            full, flat, spent = asyncio.run(_remembered(load(redis_url=url), documents, words))
        worker, server = round(spent.worker * each), round(spent.redis * each)
        costs.append([name, full, flat, worker, server, spent.longest])
    near = [
        f"remembered, {documents:,} at most",
        "bytes at the cap",
        "after twice as many",
        "worker, CPU us a document",
        "Redis",
        "longest Redis command, ms",
    ]
    columns = ["what", "bytes"]
    records: list[list[str | float]] = [
        ["a scored record, beside its text", len(encode(SCORED)) - len(SCORED.text.encode())],
        ["a window", len(encode(WINDOW))],
    ]
    tables = [
        Figures("in Redis", columns, rows),
        Figures("near-duplicates", near, costs),
        Figures("in Kafka", columns, records),
    ]
    finish("memory", {}, tables)


async def _keys(settings: Settings, count: int) -> tuple[int, int]:
    """Bytes of a key with `count` documents a day, and a day after the last."""
    number = _DOCUMENTS // (_DAYS * count)
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, _SHARDS)
        store = Store(redis, keys)
        await store.begin({0: 0})
        closer = WindowCloser(
            WindowStore(redis, keys), cast(Producer, Nowhere()), "windows", 1, settings.hops
        )
        judge = AlertJudge(
            AlertStore(redis, keys), settings.spike, AlarmBudget(settings.alarms_per_day)
        )
        empty = await _bytes(redis)
        for batch in _batches(number):
            await store.apply(batch)
        await _pass(store, closer, judge, _FIRST + _DAYS * _DAY)
        active = await _bytes(redis)
        await _pass(store, closer, judge, _FIRST + (_DAYS + 1) * _DAY + 60)
        silent = await _bytes(redis)
    return (active - empty) // number, (silent - empty) // number


def _batches(number: int) -> Iterator[BatchUpdate]:
    """Documents of so many keys, in order of time."""
    rng = random.Random(number)
    minutes = sorted(rng.randrange(_DAYS * _DAY) for _ in range(_DOCUMENTS))
    for start in range(0, len(minutes), _BATCH):
        updates: defaultdict[str, list[Update]] = defaultdict(list)
        for offset, minute in enumerate(minutes[start : start + _BATCH], start):
            updates[f"entity:{offset % number}"].append(made_update(rng, _FIRST + minute, offset))
        yield BatchUpdate({0: (start, min(start + _BATCH, len(minutes)))}, updates, {})


async def _pass(store: Store, closer: WindowCloser, judge: AlertJudge, minute: int) -> None:
    """Judge and close all that is due at `minute`."""
    progress = await store.follow(range(_SHARDS), minute * MINUTE)
    for group in shard_groups(progress):
        while await judge.judge(group.shards, group.horizon):
            pass
        while await closer.close(group.shards, group.horizon):
            pass


async def _remembered(
    settings: Settings, capacity: int, words: tuple[int, int]
) -> tuple[int, int, Spent]:
    """Bytes of a document of `capacity` that are remembered, and after twice as many; the cost."""
    rng = random.Random(0)
    async with connect(settings) as redis:
        duplicates = Duplicates(redis, "bench", 86_400, capacity)
        sizes = []
        async with measured(redis) as spent:
            for start in range(0, 2 * capacity, _LOOK_UPS):
                numbers = range(start, start + _LOOK_UPS)
                queries = [_query(rng, number, words) for number in numbers]
                found = await duplicates.look_up(queries)
                await duplicates.remember(list(_new_scores(queries, found)))
                sizes.append(await _bytes(redis))
    return sizes[len(sizes) // 2 - 1] // capacity, sizes[-1] // capacity, spent


def _query(rng: random.Random, number: int, words: tuple[int, int]) -> DuplicateQuery:
    text = [f"{rng.getrandbits(_WORD_BITS):x}" for _ in range(rng.randint(*words))]
    name = str(UUID(int=rng.getrandbits(128)))
    # As many as are words of the language, in real ones.
    hashes = tuple(sorted({mixed(word_hash(word)) for word in text[: min(len(text), 32) * 2 // 3]}))
    mould = MouldSketch(hashes, bands(hashes, 1, 3)[0], rng.getrandbits(32))
    return DuplicateQuery(name, sketch(" ".join(text)), "news.raw.v1/0", number, mould=mould)


def _new_scores(
    queries: Sequence[DuplicateQuery], found: Sequence[Copy | First]
) -> Iterator[Remembered]:
    for query, one in zip(queries, found, strict=True):
        if isinstance(one, First) and one.number is not None:
            yield Remembered(one.number, query.source, query.offset, _SCORES)


async def _bytes(redis: Redis) -> int:
    memory = await redis.info("memory")
    return int(memory["used_memory"])
