"""In Redis: the windows of each key that are due, what they are made of, and what closing left."""

from collections.abc import Sequence
from itertools import chain, islice

import msgspec
from msgspec.structs import astuple
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import Call, by_call, due_members, run_all, script
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

    async def due(self, shards: Sequence[int], until: int, limit: int) -> list[tuple[str, int]]:
        """At most `limit` keys of `shards` that are due by the minute `until`, each with its own.

        Those of a shard stand together.
        """
        found = await due_members(self._redis, map(self._keys.timers, shards), until, limit)
        return list(islice(chain(*found), limit))

    async def read(self, due: Sequence[tuple[str, int]], hours: int) -> list[WindowSnapshot]:
        """What is counted of the keys that `due` gives, to close so many `hours` of each.

        Of a key that is gone there is nothing.
        """
        calls = [
            Call(
                [self._keys.counts(key) for key, _ in some],
                [hours + 1, *(hours_to_read(minute, hours).start for _, minute in some)],
            )
            for some in by_call(self._redis, due, lambda one: self._keys.shard_of(one[0]))
        ]
        found = chain(*await run_all(self._redis, self._read, calls))
        return [
            _snapshot(key, minute, hours_to_read(minute, hours), fields)
            for (key, minute), fields in zip(due, found, strict=True)
        ]

    async def close(self, closings: Sequence[tuple[WindowSnapshot, WindowClosing]]) -> int:
        """Write what closing keys came to, in the order of `due`; gives how many are closed.

        A key that another worker has closed meanwhile is left alone.
        """
        calls = [
            Call(
                list(chain(*(self._closed_keys(read.key) for read, _ in some))),
                list(chain(*(_arguments(*one) for one in some))),
            )
            for some in by_call(self._redis, closings, lambda one: self._keys.shard_of(one[0].key))
        ]
        return sum(await run_all(self._redis, self._close, calls))

    def _closed_keys(self, key: str) -> list[str]:
        shard = self._keys.shard_of(key)
        return [self._keys.timers(shard), self._keys.slots[shard].horizon, self._keys.counts(key)]


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
