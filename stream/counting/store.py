"""Counts in Redis: window keys, fences, and how far each partition is counted.

What belongs to one window key lies in one slot, and is written together, so that its counts and its
fences live, expire and roll back together. Keys are spread over as many shards as the scored Kafka
topic has partitions; the worker that has the partition closes the shard.

A batch of scored records is counted by one script, which also moves the marker of each scored
partition: its next offset to count. What Redis holds is therefore always what comes of the records
before its markers, and of no others, even when it has lost the latest writes or all of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from schemas.errors import PetrelError
from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import script
from stream.counting.updates import Update
from stream.windows.buckets import MINUTE, SECOND, SECONDS_A_MINUTE
from stream.windows.cells import MAX_EVIDENCE, MAX_TEXTS
from stream.windows.key_evaluation import FORGOTTEN_DAYS

# A key of which nothing was counted for this long is forgotten, with its fences and its past.
KEY_TTL_SECONDS = FORGOTTEN_DAYS * 86_400

# What the script's errors begin with: a marker is not where it was left; a document lies in what is
# closed.
_LOST = "LOST "
_CLOSED = "CLOSED "


class DataLost(PetrelError):
    """Redis no longer holds all that was counted; the message says of which partition."""


class AlreadyClosed(PetrelError):
    """A document lies before the `horizon`, in milliseconds: windows were emitted without it."""

    def __init__(self, horizon: int) -> None:
        super().__init__(f"a document lies before {horizon}, up to which windows are closed")
        self.horizon = horizon


class SourceProgress(Struct, frozen=True):
    """How far a source partition is counted: the times of its `SourceClock`, its last offset."""

    watermark: int
    offset: int
    begin: int = 0


class BatchUpdate(Struct, frozen=True):
    """What a run of scored records comes to.

    offsets: of each scored partition, from which one on it is counted, and up to which then.
    updates: the documents of each window key. progress: how far each source partition is then.
    stale: how many documents are in no window. earliest: the first second of the others.
    ended: the source partitions that end, and until when each was expected.
    """

    offsets: Mapping[int, tuple[int, int]]
    updates: Mapping[str, Sequence[Update]]
    progress: Mapping[str, SourceProgress]
    stale: int = 0
    earliest: int | None = None
    ended: Mapping[str, int] = {}


class Store:
    """The counts of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._apply = script(redis, "apply")
        self._begin = script(redis, "begin")

    async def answers(self, seconds: float) -> bool:
        """Whether Redis answers within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return bool(await self._redis.ping())
        except (RedisError, TimeoutError):
            return False

    async def apply(self, batch: BatchUpdate) -> int:
        """Count a batch, each document once, all of it or nothing; gives how many counts were new.

        Raises:
            DataLost: what was counted before the batch is no longer all there.
            AlreadyClosed: a document of it lies in what was closed already.
        """
        keys, arguments = self._common_keys(), _common_arguments(batch)
        for key, documents in batch.updates.items():
            shard = self._keys.shard_of(key)
            minutes = sorted({one.second // SECONDS_A_MINUTE for one in documents})
            keys += [
                self._keys.counts(key),
                self._keys.timers(shard),
                self._keys.detection(key),
                self._keys.checks(shard),
                *(self._keys.pending(key, minute) for minute in minutes),
            ]
            arguments += [key, *map(msgspec.msgpack.encode, (documents, minutes))]
        return int(await _run(self._apply, keys, arguments))

    async def counted(self) -> dict[int, int]:
        """The marker of each scored partition that has one."""
        markers = await self._redis.hgetall(self._keys.markers)
        return {int(partition): int(offset) for partition, offset in markers.items()}

    async def begin(self, moves: Mapping[int, tuple[int | None, int]]) -> bool:
        """Move markers from what was read, or None, to where counting begins.

        False when a marker changed since it was read: then none is moved.
        """
        rows = [(p, False if read is None else read, to) for p, (read, to) in moves.items()]
        return bool(await self._begin([self._keys.markers], [msgspec.msgpack.encode(rows)]))

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
        names = (self._keys.watermarks, self._keys.offsets, self._keys.begins)
        # In one piece: an offset beyond its watermark would give documents another time.
        async with self._redis.pipeline(transaction=True) as pipe:
            for name in names:
                pipe.zmscore(name, list(sources))
            found = await pipe.execute()
        return {
            source: SourceProgress(
                int(watermark or 0), -1 if offset is None else int(offset), int(begin or 0)
            )
            for source, watermark, offset, begin in zip(sources, *found, strict=True)
        }

    async def stale(self) -> int:
        """How many documents are in no window because they were old when they came."""
        return int(await self._redis.get(self._keys.stale) or 0)

    async def pending(self, until: int) -> int:
        """How much waits to be judged, closed or sent, over all shards; `until` in milliseconds."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for shard in range(self._keys.shards):
                pipe.zcount(self._keys.checks(shard), "-inf", until // SECOND)
                pipe.zcount(self._keys.timers(shard), "-inf", until // MINUTE)
                pipe.llen(self._keys.outbox(shard))
            return sum(await pipe.execute())

    def _common_keys(self) -> list[str]:
        keys = self._keys
        return [
            keys.markers,
            keys.watermarks,
            keys.offsets,
            keys.begins,
            keys.stale,
            keys.horizon,
            keys.expected,
        ]


async def _run(script: Any, keys: list[str], arguments: list[Any]) -> Any:
    try:
        return await script(keys, arguments)
    except ResponseError as error:
        if str(error).startswith(_LOST):
            raise DataLost(str(error).removeprefix(_LOST)) from None
        if str(error).startswith(_CLOSED):
            raise AlreadyClosed(int(str(error).removeprefix(_CLOSED))) from None
        raise


def _common_arguments(batch: BatchUpdate) -> list[Any]:
    ranges = [(partition, *offsets) for partition, offsets in batch.offsets.items()]
    progress = [(name, at.watermark, at.offset, at.begin) for name, at in batch.progress.items()]
    packed = map(msgspec.msgpack.encode, (ranges, progress, list(batch.ended.items())))
    earliest = "" if batch.earliest is None else batch.earliest
    return [KEY_TTL_SECONDS, MAX_TEXTS, MAX_EVIDENCE, *packed, batch.stale, earliest]
