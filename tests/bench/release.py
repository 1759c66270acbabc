"""A week that was held back is released: how late the event loop is, how long Redis blocks.

Every window key is judged and closed as in a worker; windows and alerts stay here.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import cast

from redis.asyncio import Redis

from petrel.embedded import embedded_redis
from schemas.alert import AnyAlert
from schemas.codec import encode
from stream.counting.detection import Detection
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect, forget
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update
from stream.counting.window_closer import WindowCloser
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing
from stream.settings import Settings, load
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.cells import EvidenceRow
from stream.windows.spike_rule import SpikeRule
from tests.bench.harness import Figures, finish, percentile
from tests.bench.window_costs import Spent, measured

_WEEK = 7 * 86_400
# The first second of a day in 2026.
_START = 1_773_705_600
_SHARDS = 64
_SOURCE = "news.raw.v1/0"
_NEGATIVE = 0.25
# Documents of one round trip, as the aggregate agent takes at most.
_BATCH = 500

_TICK_SECONDS = 0.005


def bench(documents: int, entities: int) -> None:
    """Release a week of `documents`, each of two of the `entities`, of a source, and of all."""
    with embedded_redis() as url:
        settings = load(redis_url=url, namespace="bench")
        spent, late, held = asyncio.run(_release(settings, documents, entities))
    millis = [1000 * one for one in late]
    row: list[str | float] = [
        f"{documents:,}",
        round(spent.seconds, 1),
        *(round(percentile(millis, share), 1) for share in (0.5, 0.99, 1.0)),
        spent.longest,
        held.windows,
        len(held.alerts),
        sha256(b"".join(sorted(map(encode, held.alerts)))).hexdigest()[:12],
    ]
    columns = [
        "documents",
        "released in, s",
        *(f"event loop late, ms, {name}" for name in ("p50", "p99", "longest")),
        "longest command of Redis, ms",
        "windows",
        "alerts",
        "digest of the alerts",
    ]
    finish("release", {"event loop late, s": late}, [Figures("a week at once", columns, [row])])


class _Held:
    """Stands for the producer and the sink: counts windows, keeps alerts."""

    def __init__(self) -> None:
        self.windows = 0
        self.alerts: list[AnyAlert] = []

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        self.windows += sum(1 for _ in records)

    async def send(self, alerts: Sequence[AnyAlert]) -> None:
        self.alerts += alerts


async def _release(
    settings: Settings, documents: int, entities: int
) -> tuple[Spent, list[float], _Held]:
    held = _Held()
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, _SHARDS)
        await _count(redis, keys, documents, entities)
        detection = Detection(
            Sources(redis, keys),
            Store(redis, keys),
            AlertJudge(AlertStore(redis, keys), SpikeRule(), AlarmBudget(1)),
            AlertPublisher(PublishStore(redis, keys), [held], settings.grouping),
            WindowCloser(
                WindowStore(redis, keys), cast(Producer, held), "windows", 1, settings.hops
            ),
            lambda: range(_SHARDS),
        )
        async with measured(redis) as spent, _lateness() as late:
            await detection.run()
        await forget(redis, settings.namespace)
    return spent, late, held


@asynccontextmanager
async def _lateness() -> AsyncIterator[list[float]]:
    """By how much the event loop is late each time, in seconds, until the block ends."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_TICK_SECONDS)
            late.append(max(0.0, time.perf_counter() - began - _TICK_SECONDS))

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(2 * _TICK_SECONDS)
    try:
        yield late
    finally:
        # So that one in which the loop stood still is seen.
        await asyncio.sleep(2 * _TICK_SECONDS)
        ticking.cancel()


async def _count(redis: Redis, keys: RedisKeys, documents: int, entities: int) -> None:
    store, sources, rng = Store(redis, keys), Sources(redis, keys), random.Random(0)
    await store.begin({0: 0})
    await sources.announce([_SOURCE], now=0)
    updates = _updates(rng, documents)
    for start in range(0, documents, _BATCH):
        batch = _by_key(rng, updates[start : start + _BATCH], entities)
        await store.apply(BatchUpdate({0: (start, start + _BATCH)}, batch, {}))
    end = SourceProgress(1000 * (_START + _WEEK + 86_400), documents)
    await store.apply(BatchUpdate({0: (0, 0)}, {}, {_SOURCE: end}))


def _by_key(
    rng: random.Random, updates: Sequence[Update], entities: int
) -> dict[str, list[Update]]:
    batch: defaultdict[str, list[Update]] = defaultdict(list)
    for one in updates:
        names = (f"entity:{number}" for number in rng.sample(range(entities), 2))
        for key in (*names, "source:wire", "all:all"):
            batch[key].append(one)
    return batch


def _updates(rng: random.Random, documents: int) -> list[Update]:
    seconds = sorted(_START + rng.randrange(_WEEK) for _ in range(documents))
    return [_update(rng, offset, second) for offset, second in enumerate(seconds)]


def _update(rng: random.Random, offset: int, second: int) -> Update:
    # One hour in fifty is bad.
    negative = rng.random() < (0.9 if second // 3600 % 50 == 7 else _NEGATIVE)
    shown = (
        f'{{"id":"{offset}","text":"{"x" * 120}","negative":0.9,'
        f'"published_at":"2026-03-17T08:00:00.000Z","source":"wire"}}'
    )
    return Update(
        partition=0,
        offset=offset,
        second=second,
        negative=int(negative),
        positive=0,
        sentiment=-80 if negative else 5,
        distinct_text=f"{rng.getrandbits(64):016x}" if negative else None,
        evidence=EvidenceRow(rng.random(), str(offset), 0, shown) if negative else None,
    )
