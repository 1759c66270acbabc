"""In Redis: which source partitions the windows wait for, and how far all of them have come."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import script
from stream.progress.expected_sources import expired, joining
from stream.progress.routes import scored_partition

# A worker that is away for so long has given up its part; one takes less to be started again.
EXPECTED_SECONDS = 60


class Sources:
    """The source partitions of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys.common
        self._routes = keys.routes
        self._announce = script(redis, "announce")
        self._horizon = script(redis, "horizon")
        self._route = script(redis, "route")

    async def announce(self, sources: Sequence[str], now: int) -> dict[str, int]:
        """Make windows wait for `sources`, from `now` on and for `EXPECTED_SECONDS`.

        One that was not waited for goes on where windows are closed already. Gives the others that
        nobody announces any more, and until when each was expected: windows wait for them until
        their end is counted. Times are in milliseconds from the epoch.
        """
        if not sources:
            return {}
        known: Any = await self._redis.zrange(self._keys.expected, 0, -1, withscores=True)
        expires = {name.decode(): int(until) for name, until in known}
        new = [(one.source, one.is_new_topic) for one in joining(sources, expires, now)]
        await self._announce(
            [self._keys.expected, self._keys.watermarks, self._keys.begins, self._keys.horizon],
            [
                now + EXPECTED_SECONDS * 1000,
                msgspec.msgpack.encode(list(sources)),
                msgspec.msgpack.encode(new),
            ],
        )
        return expired(sources, expires, now)

    async def move_horizon(self) -> int:
        """Up to when every source partition that is waited for is complete; closing may go so far.

        It never goes back. In milliseconds from the epoch.
        """
        names = [self._keys.expected, self._keys.watermarks, self._keys.horizon]
        return int(await self._horizon(names, []))

    async def horizon(self) -> int:
        """Up to when windows and alerts may have been closed, in milliseconds from the epoch."""
        return int(await self._redis.get(self._keys.horizon) or 0)

    async def route(self, sources: Sequence[str], partitions: int) -> dict[str, int]:
        """The scored partition that takes all of each source partition, in order, for good.

        One that has none yet gets one of the first `partitions`.
        """
        wanted = [scored_partition(source, partitions) for source in sources]
        arguments: list[Any] = [*chain.from_iterable(zip(sources, wanted, strict=True))]
        found = await self._route([self._routes], arguments)
        return dict(zip(sources, map(int, found), strict=True))
