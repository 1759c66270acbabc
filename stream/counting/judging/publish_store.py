"""In Redis: the alerts that judging made, how far they are taken in, and what is published."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, cast

from msgspec import Struct
from redis.asyncio import Redis

from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import Call, by_call, run_all, script

# Alerts of a shard that are kept once they are taken in: so many may be taken in again where {all}
# alone has lost its latest writes, and come to the same groups.
_KEPT = 100


class ShardAlerts(Struct, frozen=True):
    """Alerts of a shard, as JSON: all those until the second `known` that are not taken in."""

    known: int
    alerts: Sequence[bytes]


class PublishStore:
    """What is published in one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._read = script(redis, "transitions")
        self._publish = script(redis, "publish")

    async def progress(self, limit: int) -> tuple[bytes, list[bytes]]:
        """The second until which alerts are taken in, as Redis has it, empty for none; the outbox.

        Of what is published, and a sink may not have yet, at most `limit`, oldest first.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(self._keys.grouping, "until")
            pipe.lrange(self._keys.outbox, 0, limit - 1)
            until, outbox = await pipe.execute()
        return until or b"", outbox

    async def state(self) -> tuple[bytes, bytes]:
        """The second until which alerts are taken in, and the state of grouping then."""
        fields = ["until", "state"]
        until, state = await cast(Any, self._redis.hmget(self._keys.grouping, fields))
        return until or b"", state or b""

    async def alerts(self, taken: int, limit: int) -> list[ShardAlerts]:
        """What was not taken in by the second `taken`, of each shard.

        About `limit` at most over all shards; those of the last one's second are all there.
        """
        shards, each = range(self._keys.shards), max(1, limit // self._keys.shards)
        calls = [
            Call(list(chain(*map(self._read_keys, some))), [taken, each, _KEPT])
            for some in by_call(self._redis, shards, lambda shard: shard)
        ]
        found = chain(*await run_all(self._redis, self._read, calls))
        return [ShardAlerts(int(known), alerts) for known, alerts in found]

    async def publish(
        self, taken: bytes, until: int, state: bytes, alerts: Sequence[bytes]
    ) -> bool:
        """Write what is published until then, and the state, unless it is not that of `taken`."""
        call = Call(
            [self._keys.grouping, self._keys.outbox],
            [taken, until, state, *alerts],
        )
        return bool(*await run_all(self._redis, self._publish, [call]))

    async def sent(self, alerts: Sequence[bytes]) -> None:
        """Take `alerts` out of the outbox."""
        # By value: another worker may have taken them out, and others may stand there now.
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert in alerts:
                pipe.lrem(self._keys.outbox, 1, cast(Any, alert))
            await pipe.execute()

    def _read_keys(self, shard: int) -> list[str]:
        slot = self._keys.slots[shard]
        return [slot.horizon, self._keys.checks(shard), self._keys.transitions(shard)]
