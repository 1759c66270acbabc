"""In Redis: the keys that are due to be judged, what detection holds of them, and the alerts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from schemas.codec import encode
from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import decoded, script
from stream.windows.alert_states import KeyState
from stream.windows.cells import Cell
from stream.windows.key_evaluation import Judgement, KeySnapshot

_SECOND, _MINUTE = "second:", "minute:"


class AlertStore:
    """The alerts of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._judge = script(redis, "judge")

    async def due(self, shard: int, until: int, limit: int) -> list[str]:
        """At most `limit` keys of `shard` that are due to be judged at the second `until`."""
        found = await self._redis.zrange(
            self._keys.checks(shard), "-inf", str(until), byscore=True, offset=0, num=limit
        )
        return decoded(found)

    async def read(self, keys: Sequence[str]) -> list[KeySnapshot]:
        """What detection holds of each key."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(self._keys.detection(key))
            hashes = await pipe.execute()
        return [_snapshot(key, fields) for key, fields in zip(keys, hashes, strict=True)]

    async def write(self, judged: Sequence[tuple[KeySnapshot, Judgement]], until: int) -> int:
        """Write what judging until the second `until` came to, with its alerts.

        Gives how many keys are judged: one that another worker judged meanwhile is left alone.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            for read, judgement in judged:
                shard = self._keys.shard_of(read.key)
                names = [
                    self._keys.detection(read.key),
                    self._keys.checks(shard),
                    self._keys.outbox(shard),
                    self._keys.slots[shard].horizon,
                ]
                await self._judge(names, _arguments(read, judgement, until), client=pipe)
            return sum(await pipe.execute())

    async def outbox(self, shard: int, limit: int) -> list[bytes]:
        """At most `limit` alerts of `shard` that a sink may not have yet, oldest first."""
        found = await self._redis.lrange(self._keys.outbox(shard), 0, limit - 1)
        return cast("list[bytes]", found)

    async def sent(self, shard: int, alerts: Sequence[bytes]) -> None:
        """Take `alerts` out of the outbox."""
        # By value: another worker may have taken them out, and others may stand there now.
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert in alerts:
                pipe.lrem(self._keys.outbox(shard), 1, cast(Any, alert))
            await pipe.execute()


def _snapshot(key: str, fields: Mapping[bytes, bytes]) -> KeySnapshot:
    state = fields.get(b"state", b"")
    return KeySnapshot(
        key=key,
        version=fields.get(b"version", b"").decode(),
        minutes=dict(_cells(fields, _MINUTE)),
        seconds=dict(_cells(fields, _SECOND)),
        state=msgspec.json.decode(state, type=KeyState) if state else None,
    )


def _cells(fields: Mapping[bytes, bytes], prefix: str) -> Iterator[tuple[int, Cell]]:
    start = prefix.encode()
    return (
        (int(field.removeprefix(start)), _cell(value))
        for field, value in fields.items()
        if field.startswith(start)
    )


def _cell(packed: bytes) -> Cell:
    # Lua writes a probability of 1 as a whole number.
    return msgspec.msgpack.decode(packed, type=Cell, strict=False)


def _arguments(read: KeySnapshot, judgement: Judgement, until: int) -> list[Any]:
    drop = [f"{_SECOND}{second}" for second in judgement.merged]
    drop += [f"{_MINUTE}{minute}" for minute in judgement.expired]
    cells = [
        part
        for minute, cell in judgement.completed.items()
        for part in (f"{_MINUTE}{minute}", msgspec.msgpack.encode(cell))
    ]
    return [
        read.key,
        read.version,
        _packed(read.state),
        until,
        _packed(judgement.state),
        "" if judgement.check is None else judgement.check,
        len(drop),
        *drop,
        len(judgement.completed),
        *cells,
        *(encode(alert) for alert in judgement.alerts),
    ]


def _packed(state: KeyState | None) -> bytes:
    return msgspec.json.encode(state) if state else b""
