"""In Redis: the keys that are due to be judged, what detection holds of them, and the alerts."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from stream.counting.judging.stored_key import JudgedKey, StoredKey, minute_fields
from stream.counting.redis_keys import RedisKeys
from stream.counting.scripts import Call, by_call, due_members, run_all, script
from stream.windows.checks import DueKey, due_keys

# How much of the documents that are not judged is read at once: how long Redis blocks, and how long
# the event loop takes to read it. One minute of a flood, of 512 texts a second, may be half of it.
_MAX_BYTES = 1_000_000

# Days of tests that are kept behind what all shards are judged by: a week of them is read, and a
# shard that has lost its counts is judged again from where the scored Kafka topic begins.
_KEPT_DAYS = 64


class AlertStore:
    """The alerts of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._read = script(redis, "read")
        self._judge = script(redis, "judge")

    async def due(
        self, shards: Sequence[int], until: int, limit: int, minutes: int
    ) -> list[DueKey]:
        """Keys of `shards` that are due at the second `until`; those of a shard stand together.

        By the first `limit` checks of each, and with at most so many `minutes` together.
        """
        found = await due_members(self._redis, map(self._keys.checks, shards), until, limit)
        due = list[DueKey]()
        for checks in found:
            room = minutes - sum(len(one.minutes) for one in due)
            due += due_keys(checks, until, limit, room)
        return due

    async def read(self, due: Sequence[DueKey]) -> list[StoredKey]:
        """What is not judged of each key, and its state, as far as it is not too much at once."""
        calls = by_call(self._redis, due, lambda one: self._keys.shard_of(one.key))
        found = await run_all(
            self._redis, self._read, [self._read_call(some, len(calls)) for some in calls]
        )
        return [
            _stored(one, *row)
            for some, rows in zip(calls, found, strict=True)
            for one, row in zip(some, rows, strict=False)
        ]

    async def read_minutes(self, stored: Sequence[StoredKey]) -> dict[str, list[bytes | None]]:
        """The values of the `minute_fields` of each key."""
        async with self._redis.pipeline(transaction=False) as pipe:
            fields = {one.key: minute_fields(one) for one in stored}
            for key, names in fields.items():
                if names:
                    pipe.hmget(self._keys.detection(key), names)
            answers = iter(await pipe.execute())
        return {key: next(answers) if names else [] for key, names in fields.items()}

    async def write(self, judged: Sequence[JudgedKey]) -> list[bool]:
        """Write what judging came to, with its alerts; says of each key whether it was written.

        One that another worker judged meanwhile is left alone.
        """
        calls = [Call(self._written(one), one.arguments) for one in judged]
        return list(map(bool, await run_all(self._redis, self._judge, calls)))

    def _written(self, one: JudgedKey) -> list[str]:
        shard = self._keys.shard_of(one.key)
        return [
            self._keys.detection(one.key),
            self._keys.checks(shard),
            self._keys.transitions(shard),
            self._keys.slots[shard].horizon,
            *(self._keys.pending(one.key, minute) for minute in one.minutes),
        ]

    def _read_call(self, due: Sequence[DueKey], calls: int) -> Call:
        names = [
            name
            for one in due
            for name in (
                self._keys.detection(one.key),
                *(self._keys.pending(one.key, minute) for minute in one.minutes),
            )
        ]
        counts = msgspec.msgpack.encode([len(one.minutes) for one in due])
        return Call(names, [_MAX_BYTES // calls, counts])

    async def tests(self) -> dict[int, int]:
        """How many tests each day had, over all keys; days are counted from the epoch."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for slot in self._keys.slots:
                pipe.hgetall(slot.tests)
            found = await pipe.execute()
        tests = Counter[int]()
        for days in found:
            tests.update({int(day): int(count) for day, count in days.items()})
        return dict(tests)

    async def forget_tests(self, before: int) -> None:
        """Forget, in each shard, the tests of the days before that one, but the latest of them."""
        slots = self._keys.slots
        async with self._redis.pipeline(transaction=False) as pipe:
            for slot in slots:
                pipe.hkeys(slot.tests)
            found = await pipe.execute()
            for slot, days in zip(slots, found, strict=True):
                past = sorted(day for day in map(int, days) if day < before)
                if forgotten := past[:-_KEPT_DAYS]:
                    pipe.hdel(slot.tests, *map(str, forgotten))
            await pipe.execute()


def _stored(due: DueKey, state: bytes, *pending: Sequence[bytes]) -> StoredKey:
    known = due.first(len(pending))
    fields = (dict(zip(parts[::2], parts[1::2], strict=True)) for parts in pending)
    return StoredKey(
        key=due.key,
        until=known.until,
        state=state,
        pending=dict(zip(known.minutes, fields, strict=True)),
    )
