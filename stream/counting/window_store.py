"""In Redis: the windows of each key that are due, what they are made of, and what closing left."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import decoded, script
from stream.windows.buckets import Bucket
from stream.windows.window_closing import WindowClosing, WindowSnapshot

_BUCKET = b"bucket:"


class WindowStore:
    """The windows of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._close = script(redis, "close")

    async def due(self, shard: int, until: int, limit: int) -> list[str]:
        """At most `limit` keys of `shard` that are due to be closed at the minute `until`."""
        found = await self._redis.zrange(
            self._keys.timers(shard), "-inf", str(until), byscore=True, offset=0, num=limit
        )
        return decoded(found)

    async def read(self, keys: Sequence[str]) -> list[WindowSnapshot]:
        """What is counted of each key."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(self._keys.counts(key))
            hashes = await pipe.execute()
        return [_snapshot(key, fields) for key, fields in zip(keys, hashes, strict=True)]

    async def close(
        self, closings: Sequence[tuple[WindowSnapshot, WindowClosing]], until: int
    ) -> int:
        """Write what closing until the minute `until` came to; gives how many keys are closed.

        A key that another worker has closed as far meanwhile is left alone.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            for read, closing in closings:
                shard = self._keys.shard_of(read.key)
                names = [
                    self._keys.counts(read.key),
                    self._keys.timers(shard),
                    self._keys.slots[shard].horizon,
                ]
                await self._close(names, _arguments(read, closing, until), client=pipe)
            return sum(await pipe.execute())


def _snapshot(key: str, fields: Mapping[bytes, bytes]) -> WindowSnapshot:
    closed_until = fields.get(b"closed_until")
    return WindowSnapshot(
        key=key,
        version=fields.get(b"version", b"").decode(),
        closed_until=None if closed_until is None else int(closed_until),
        buckets={
            int(field.removeprefix(_BUCKET)): msgspec.msgpack.decode(value, type=Bucket)
            for field, value in fields.items()
            if field.startswith(_BUCKET)
        },
    )


def _arguments(read: WindowSnapshot, closing: WindowClosing, until: int) -> list[Any]:
    drop = [f"{_BUCKET.decode()}{minute}" for minute in closing.expired]
    timer = "" if closing.timer is None else closing.timer
    return [read.key, read.version, until, timer, *drop]
