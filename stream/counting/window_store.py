"""In Redis: the windows of each key that are due, what they are made of, and what closing left."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import script
from stream.windows.buckets import Bucket
from stream.windows.window_closing import (
    MINUTES_AN_HOUR,
    WindowClosing,
    WindowSnapshot,
    hours_to_read,
)

_HOUR = msgspec.msgpack.Decoder(list[list[int]])
_HELD = msgspec.msgpack.Decoder(list[int])


class WindowStore:
    """The windows of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._read = script(redis, "read_windows")
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

    async def read(self, due: Sequence[tuple[str, int]], hours: int) -> list[WindowSnapshot]:
        """What is counted of keys of one shard that are due at these minutes, to close `hours`.

        Of a key that is gone there is nothing.
        """
        hashes = [self._keys.counts(key) for key, _ in due]
        read = [hours_to_read(minute, hours) for _, minute in due]
        found: Any = await self._read(hashes, [hours + 1, *(one.start for one in read)])
        return [
            _snapshot(key, minute, one, fields)
            for (key, minute), one, fields in zip(due, read, found, strict=True)
        ]

    async def close(
        self, shard: int, closings: Sequence[tuple[WindowSnapshot, WindowClosing]]
    ) -> int:
        """Write what closing keys of `shard` came to; gives how many are closed.

        A key that another worker has closed meanwhile is left alone.
        """
        hashes = [self._keys.counts(read.key) for read, _ in closings]
        names = [self._keys.timers(shard), self._keys.slots[shard].horizon, *hashes]
        return int(
            await self._close(
                names, [argument for one in closings for argument in _arguments(*one)]
            )
        )


def _snapshot(key: str, due: int, read: range, fields: Sequence[bytes | None]) -> WindowSnapshot:
    version, closed_until, held, hours, *minutes = fields
    rows = (
        (hour * MINUTES_AN_HOUR + place, Bucket(*sums))
        for hour, packed in zip(read, minutes, strict=True)
        if packed
        for place, *sums in _HOUR.decode(packed)
    )
    return WindowSnapshot(
        key=key,
        version=(version or b"").decode(),
        due=due,
        closed_until=int(closed_until or 0),
        read=read,
        minutes=dict(rows),
        hours={hour: Bucket(*sums) for hour, *sums in _HOUR.decode(hours)} if hours else {},
        held=_HELD.decode(held) if held else (),
    )


def _arguments(read: WindowSnapshot, closing: WindowClosing) -> tuple[bytes, bytes]:
    hours = [(hour, *astuple(one)) for hour, one in closing.hours.items()]
    row = (
        read.key,
        read.version,
        read.closed_until,
        closing.until,
        # The scripts' msgpack would end the row at a nil.
        False if closing.timer is None else closing.timer,
        closing.dropped,
    )
    return msgspec.msgpack.encode(hours), msgspec.msgpack.encode(row)
