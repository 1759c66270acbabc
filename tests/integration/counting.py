"""The stores of one namespace on a real Redis, and updates to count in them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from schemas.alert import Evidence
from schemas.codec import encode
from schemas.times import from_millis
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.counting.updates import Update
from stream.counting.window_store import WindowStore
from stream.settings import load
from stream.windows.cells import EvidenceRow

KEY = "entity:acme"
# A minute, and what is counted in it by default.
MINUTE = 100
SECOND = 60 * MINUTE
# Behind all that the tests close, in milliseconds.
HORIZON = 10**9


class Stores(Struct, frozen=True):
    """All that the agents share."""

    redis: Redis
    keys: RedisKeys
    counts: Store
    windows: WindowStore
    alerts: AlertStore
    published: PublishStore
    sources: Sources

    @property
    def shard(self) -> int:
        return self.keys.shard_of(KEY)

    async def count(self, *updates: Update) -> None:
        await self.count_for({KEY: updates})

    async def count_for(self, updates: Mapping[str, Sequence[Update]]) -> None:
        """Count for keys of the shard of `KEY`, as before the horizon came so far."""
        end = max(update.offset for some in updates.values() for update in some) + 1
        horizon = self.keys.slots[self.shard].horizon
        closed = await self.redis.getdel(horizon)
        await self.counts.apply(BatchUpdate({0: (0, end)}, updates, {}))
        if closed:
            await self.redis.set(horizon, closed)

    async def advance(self, progress: SourceProgress, source: str = "t/0") -> None:
        await self.counts.apply(BatchUpdate({0: (0, 0)}, {}, {source: progress}))

    async def end(self, source: str, expected_until: int) -> None:
        ended = {source: expected_until}
        await self.counts.apply(BatchUpdate({0: (0, 0)}, {}, {}, ended=ended))

    async def complete(self) -> None:
        """All is complete up to `HORIZON`."""
        await self.sources.announce(["t/0"], now=0)
        await self.advance(SourceProgress(HORIZON, -1))
        await self.counts.follow(range(self.keys.shards), await self.sources.move_horizon())


@asynccontextmanager
async def stores(redis_url: str, namespace: str = "test") -> AsyncIterator[Stores]:
    """Counting has begun in partition 0."""
    async with connect(load(redis_url=redis_url)) as redis:
        keys = RedisKeys(namespace, 4)
        found = Stores(
            redis,
            keys,
            Store(redis, keys),
            WindowStore(redis, keys),
            AlertStore(redis, keys),
            PublishStore(redis, keys),
            Sources(redis, keys),
        )
        await found.counts.begin({0: 0})
        yield found


async def transitions(redis: Stores) -> list[bytes]:
    """The alerts that judging the shard of `KEY` has made, as JSON."""
    found: Any = await redis.redis.zrange(redis.keys.transitions(redis.shard), 0, -1)
    return list(found)


def update(offset: int, second: int = SECOND, *, negative: bool = False) -> Update:
    shown = EvidenceRow(0.9, f"u{offset}", 0, evidence("Acme falls", f"d{offset}"))
    return Update(
        partition=0,
        offset=offset,
        second=second,
        negative=int(negative),
        positive=0,
        sentiment=-90 if negative else 0,
        distinct_text=f"u{offset}" if negative else None,
        evidence=shown if negative else None,
    )


def evidence(text: str, name: str = "d") -> str:
    shown = Evidence(id=name, text=text, negative=0.9, published_at=from_millis(0), source="s")
    return encode(shown).decode()
