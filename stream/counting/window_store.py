"""In Redis: the windows of each key that are due, what they are made of, and what closing left."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import Call, run_all, script
from stream.windows.buckets import Bucket
from stream.windows.window_closing import (
    MINUTES_AN_HOUR,
    WindowClosing,
    WindowSnapshot,
    hours_to_read,
)

_FIELDS = ("version", "closed_until", "held", "hours")
_HOUR = msgspec.msgpack.Decoder(list[list[int]])
_HELD = msgspec.msgpack.Decoder(list[int])


class WindowStore:
    """The windows of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._close = script(redis, "close")

    async def due(self, shard: int, until: int, limit: int) -> list[tuple[str, int]]:
        """At most `limit` keys of `shard` that are due by the minute `until`, each with its own."""
        found: Any = await self._redis.zrange(
            self._keys.timers(shard),
            "-inf",
            str(until),
            byscore=True,
            offset=0,
            num=limit,
            withscores=True,
        )
        return [(key.decode(), int(minute)) for key, minute in found]

    async def read(self, due: Sequence[tuple[str, int]]) -> list[WindowSnapshot]:
        """What is counted of keys that are due at these minutes; nothing of one that is gone."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, minute in due:
                pipe.hmget(self._keys.counts(key), [*_FIELDS, *_hour_fields(minute)])
            found = await pipe.execute()
        return [_snapshot(*one, fields) for one, fields in zip(due, found, strict=True)]

    async def close(self, closings: Sequence[tuple[WindowSnapshot, WindowClosing]]) -> int:
        """Write what closing came to; gives how many keys are closed.

        A key that another worker has closed meanwhile is left alone.
        """
        calls = [self._call(read, closing) for read, closing in closings]
        return sum(await run_all(self._redis, self._close, calls))

    def _call(self, read: WindowSnapshot, closing: WindowClosing) -> Call:
        shard = self._keys.shard_of(read.key)
        names = [
            self._keys.counts(read.key),
            self._keys.timers(shard),
            self._keys.slots[shard].horizon,
        ]
        return Call(names, _arguments(read, closing))


def _hour_fields(due: int) -> list[str]:
    return [f"hour:{hour}" for hour in hours_to_read(due)]


def _snapshot(key: str, due: int, fields: Sequence[bytes | None]) -> WindowSnapshot:
    version, closed_until, held, hours, *minutes = fields
    rows = (
        (hour * MINUTES_AN_HOUR + place, Bucket(*sums))
        for hour, packed in zip(hours_to_read(due), minutes, strict=True)
        if packed
        for place, *sums in _HOUR.decode(packed)
    )
    return WindowSnapshot(
        key=key,
        version=(version or b"").decode(),
        due=due,
        closed_until=int(closed_until or 0),
        minutes=dict(rows),
        hours={hour: Bucket(*sums) for hour, *sums in _HOUR.decode(hours)} if hours else {},
        held=_HELD.decode(held) if held else (),
    )


def _arguments(read: WindowSnapshot, closing: WindowClosing) -> list[Any]:
    hours = [(hour, *astuple(one)) for hour, one in closing.hours.items()]
    return [
        read.key,
        read.version,
        read.closed_until,
        closing.until,
        "" if closing.timer is None else closing.timer,
        msgspec.msgpack.encode(hours),
        *closing.dropped,
    ]
