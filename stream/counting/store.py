"""Windows, fences, timers and alerts in Redis.

What belongs to one window key lies in one hash, so that its counts and its fences live, expire
and roll back together. Keys are spread over as many shards as the scored Kafka topic has
partitions; the worker that has the partition closes the shard.

A batch of scored records is counted by one script, which also moves the marker of each scored
partition: its next offset to count. What Redis holds is therefore always what comes of the records
before its markers, and of no others, even when it has lost the latest writes or all of them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from schemas.errors import PetrelError
from stream.counting.redis_client import namespace_prefix
from stream.counting.snapshots import close_arguments, snapshot
from stream.counting.updates import Update
from stream.windows.closing import Closing
from stream.windows.key_snapshot import KeySnapshot

# A key of which nothing was heard for this long is forgotten, with its fences and its past.
_KEY_TTL_SECONDS = 35 * 86_400

_SCRIPTS = Path(__file__).parent

# What the scripts' error begins with when a marker is not where it was left.
_LOST = "LOST "


class DataLost(PetrelError):
    """Redis no longer holds all that was counted; the message says of which partition."""


class SourceProgress(Struct, frozen=True):
    """How far a source partition is counted: its watermark in milliseconds, its last offset."""

    watermark: int
    offset: int


class BatchUpdate(Struct, frozen=True):
    """What a run of scored records comes to.

    offsets: of each scored partition, from which one on it is counted, and up to which then.
    updates: the documents of each window key. progress: how far each source partition is then.
    too_late: how many documents are in no window.
    """

    offsets: Mapping[int, tuple[int, int]]
    updates: Mapping[str, Sequence[Update]]
    progress: Mapping[str, SourceProgress]
    too_late: int = 0


class Store:
    """The state of one namespace."""

    def __init__(self, redis: Redis, namespace: str, shards: int) -> None:
        self._redis = redis
        self._prefix = namespace_prefix(namespace)
        self.shards = shards
        self._apply = redis.register_script((_SCRIPTS / "apply.lua").read_text())
        self._begin = redis.register_script((_SCRIPTS / "begin.lua").read_text())
        self._close = redis.register_script((_SCRIPTS / "close.lua").read_text())

    async def answers(self, seconds: float) -> bool:
        """Whether Redis answers within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return bool(await self._redis.ping())
        except (RedisError, TimeoutError):
            return False

    def shard_of(self, key: str) -> int:
        """The shard that `key` is in."""
        return crc32(key.encode()) % self.shards

    async def apply(self, batch: BatchUpdate) -> int:
        """Count a batch, each document once, all of it or nothing; gives how many counts were new.

        Raises:
            DataLost: what was counted before the batch is no longer all there.
        """
        keys, arguments = self._common_keys(), _common_arguments(batch)
        for key, documents in batch.updates.items():
            shard = self.shard_of(key)
            keys += [self._hash(shard, key), self._timers(shard)]
            arguments += [key, msgspec.msgpack.encode(documents)]
        return int(await _run(self._apply, keys, arguments))

    async def counted(self) -> dict[int, int]:
        """The marker of each scored partition that has one."""
        markers = await self._redis.hgetall(self._markers)
        return {int(partition): int(offset) for partition, offset in markers.items()}

    async def begin(
        self, moves: Mapping[int, tuple[int | None, int]], sources: Iterable[str]
    ) -> bool:
        """Move markers from what was read, or None, to where counting begins; expect `sources`.

        False when a marker changed since it was read: then none is moved.
        """
        rows = [(partition, *move) for partition, move in moves.items()]
        packed = msgspec.msgpack.encode([(p, False if m is None else m, to) for p, m, to in rows])
        return bool(await self._begin([self._markers, self._watermarks], [packed, *sources]))

    async def check(self, positions: Mapping[int, int]) -> None:
        """Make sure that each scored partition is still counted up to its position.

        Raises:
            DataLost: one is not.
        """
        markers = await self.counted()
        for partition, position in positions.items():
            if markers.get(partition, -1) < position:
                raise DataLost(
                    f"partition {partition} was counted up to offset {position}, and Redis holds"
                    f" {markers.get(partition, 'nothing')}"
                )

    async def progress(self, sources: Sequence[str]) -> dict[str, SourceProgress]:
        """How far each source partition is counted; an unknown one is at the very start."""
        if not sources:
            return {}
        # In one piece: an offset beyond its watermark would make late documents look on time.
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zmscore(self._watermarks, list(sources))
            pipe.zmscore(self._offsets, list(sources))
            watermarks, offsets = await pipe.execute()
        return {
            source: SourceProgress(int(watermark or 0), -1 if offset is None else int(offset))
            for source, watermark, offset in zip(sources, watermarks, offsets, strict=True)
        }

    async def too_late(self) -> int:
        """How many documents came after the grace and are in no window."""
        return int(await self._redis.get(self._too_late) or 0)

    async def expect(self, sources: Iterable[str]) -> None:
        """Make windows wait for `sources`, and for no others that were expected before."""
        wanted = set(sources)
        known = set(_decoded(await self._redis.zrange(self._watermarks, 0, -1)))
        if known - wanted:
            await self._redis.zrem(self._watermarks, *(known - wanted))
        await self._redis.zadd(self._watermarks, dict.fromkeys(wanted, 0), nx=True)

    async def watermark(self) -> int:
        """Up to when every source partition is complete: the smallest of their watermarks."""
        lowest = await self._redis.zrange(self._watermarks, 0, 0, withscores=True)
        return int(lowest[0][1]) if lowest else 0

    async def due(self, shard: int, until: int, limit: int) -> list[str]:
        """At most `limit` keys of `shard` that are due to be closed at the minute `until`."""
        found = await self._redis.zrange(
            self._timers(shard), "-inf", str(until), byscore=True, offset=0, num=limit
        )
        return _decoded(found)

    async def read(self, keys: Sequence[str]) -> list[KeySnapshot]:
        """All that is held of each key; from here on, what comes is noted for `close`."""
        async with self._redis.pipeline(transaction=True) as pipe:
            for key in keys:
                name = self._hash(self.shard_of(key), key)
                pipe.hincrby(name, "reads", 1)
                # A key that has expired is made anew by this count, and would live for ever.
                pipe.expire(name, _KEY_TTL_SECONDS)
                pipe.hgetall(name)
                pipe.hdel(name, "unread_timer")
            hashes = (await pipe.execute())[2::4]
        return [snapshot(key, fields) for key, fields in zip(keys, hashes, strict=True)]

    async def close(self, closings: Sequence[tuple[KeySnapshot, Closing]], until: int) -> None:
        """Write what closing came to.

        A key that another worker closed meanwhile is left alone, but that its windows are emitted
        again if documents came between: ours may have come after those of the other.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            for read, closing in closings:
                shard = self.shard_of(read.key)
                await self._close(
                    [
                        self._hash(shard, read.key),
                        self._timers(shard),
                        self._outbox(shard),
                        self._watermarks,
                    ],
                    close_arguments(read, closing, until),
                    client=pipe,
                )
            await pipe.execute()

    async def outbox(self, shard: int) -> list[bytes]:
        """Alerts of `shard` that Kafka may not have acknowledged yet, oldest first."""
        return cast("list[bytes]", await self._redis.lrange(self._outbox(shard), 0, -1))

    async def sent(self, shard: int, alerts: Sequence[bytes]) -> None:
        """Take `alerts` out of the outbox."""
        # By value: another worker may have taken them out, and others may stand there now.
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert in alerts:
                pipe.lrem(self._outbox(shard), 1, cast(Any, alert))
            await pipe.execute()

    async def pending(self, until: int) -> int:
        """How many keys and alerts still wait to be closed or sent, over all shards."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for shard in range(self.shards):
                pipe.zcount(self._timers(shard), "-inf", until)
                pipe.llen(self._outbox(shard))
            return sum(await pipe.execute())

    def _common_keys(self) -> list[str]:
        return [self._markers, self._watermarks, self._offsets, self._too_late]

    @property
    def _markers(self) -> str:
        return f"{self._prefix}:markers"

    @property
    def _watermarks(self) -> str:
        return f"{self._prefix}:watermarks"

    @property
    def _offsets(self) -> str:
        return f"{self._prefix}:offsets"

    @property
    def _too_late(self) -> str:
        return f"{self._prefix}:too-late"

    def _hash(self, shard: int, key: str) -> str:
        return f"{self._slot(shard)}:key:{key}"

    def _timers(self, shard: int) -> str:
        return f"{self._slot(shard)}:timers"

    def _outbox(self, shard: int) -> str:
        return f"{self._slot(shard)}:outbox"

    def _slot(self, shard: int) -> str:
        return f"{self._prefix}:{{{shard}}}"


async def _run(script: Any, keys: list[str], arguments: list[Any]) -> Any:
    try:
        return await script(keys, arguments)
    except ResponseError as error:
        if str(error).startswith(_LOST):
            raise DataLost(str(error).removeprefix(_LOST)) from None
        raise


def _common_arguments(batch: BatchUpdate) -> list[Any]:
    ranges = [(partition, *offsets) for partition, offsets in batch.offsets.items()]
    progress = [(name, at.watermark, at.offset) for name, at in batch.progress.items()]
    packed = map(msgspec.msgpack.encode, (ranges, progress))
    return [_KEY_TTL_SECONDS, *packed, batch.too_late]


def _decoded(names: object) -> list[str]:
    return [name.decode() for name in cast("list[bytes]", names)]
