"""What Redis tells of a stream: how far windows are closed, open alerts, keys that are learning."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from schemas.alert import Severity
from schemas.errors import PetrelError
from schemas.times import Time, from_millis
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.grouping.grouping import GroupingState
from stream.settings import Settings, masked
from stream.windows.alert_states import KeyState, learning_until
from stream.windows.buckets import SECOND

# One that is there answers at once: who looks is not to wait, as workers do.
_ANSWER_SECONDS = 3.0

# Keys whose state is read at once: bounds how long Redis does nothing beside.
_KEYS_A_READ = 500

_CHECK_SEPARATOR = ":"


class RedisUnavailable(PetrelError):
    """Redis does not answer; the message names it and its setting."""


class KeyAlert(Struct, frozen=True):
    """An alert that is open."""

    key: str
    severity: Severity
    score: int
    opened_at: Time


class OpenGroup(Struct, frozen=True):
    """A group alert that is open, with all that has joined it until now.

    unresolved: how many of the alerts of its `companies` are open. reason: that of its records.
    """

    companies: int
    unresolved: int
    severity: Severity
    score: int
    opened_at: Time
    reason: str


class LearningKey(Struct, frozen=True):
    """A key that raises no alert before `until`."""

    key: str
    until: Time


class Counts(Struct, frozen=True):
    """What is counted.

    watermark: up to when windows are closed and keys are judged; None when nothing was counted.
    waiting: how much is to be judged, closed or sent until now. stale: documents in no window,
    since they were old when they came. alerts: those open of single keys, members of groups among
    them, oldest first. groups: group alerts that are open, oldest first. learning: keys heard of
    within a day that are still learning, the first that is done first.
    """

    watermark: Time | None = None
    waiting: int = 0
    stale: int = 0
    alerts: list[KeyAlert] = []
    groups: list[OpenGroup] = []
    learning: list[LearningKey] = []


async def read_counts(settings: Settings) -> Counts:
    """What Redis tells.

    Raises:
        RedisUnavailable: it does not answer.
    """
    async with _redis(settings) as redis:
        # The number that is in force: these settings may have another.
        shards = int(await redis.get(RedisKeys(settings.namespace, 1).shard_count) or 0)
        if not shards:
            return Counts()
        keys = RedisKeys(settings.namespace, shards)
        horizon = await Sources(redis, keys).horizon()
        # In a replay now is where it has come to.
        now = horizon if settings.is_replay else int(time.time() * 1000)
        alerts, learning = list[KeyAlert](), list[LearningKey]()
        async for key, state in _states(redis, keys):
            if state.alert:
                opened = from_millis(state.alert.opened * SECOND)
                alerts.append(KeyAlert(key, state.alert.severity, state.alert.score, opened))
            until = learning_until(settings.spike, state) * SECOND
            if until > now:
                learning.append(LearningKey(key, from_millis(until)))
        store = Store(redis, keys)
        return Counts(
            watermark=from_millis(horizon) if horizon else None,
            waiting=await store.pending(now),
            stale=await store.stale(),
            alerts=sorted(alerts, key=lambda one: (one.opened_at, one.key)),
            groups=await _groups(redis, keys),
            learning=sorted(learning, key=lambda one: (one.until, one.key)),
        )


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[Redis]:
    async with connect(settings) as redis:
        redis.set_retry(Retry(NoBackoff(), 0))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await redis.ping()
            yield redis
        except (RedisError, TimeoutError, OSError) as error:
            reason = str(error) or f"no answer within {_ANSWER_SECONDS:.0f} s"
            url = masked(settings)["PETREL_REDIS_URL"]
            raise RedisUnavailable(
                f"Redis does not answer at {url} (PETREL_REDIS_URL): {reason}"
            ) from error


async def _groups(redis: Redis, keys: RedisKeys) -> list[OpenGroup]:
    _, state = await PublishStore(redis, keys).state()
    if not state:
        return []
    groups = msgspec.json.decode(state, type=GroupingState).groups
    # As if each opened now: neither that it got worse nor since when is part of the reason.
    records = [one.record("open", one.opened) for one in groups]
    return [
        OpenGroup(
            companies=one.companies,
            unresolved=one.unresolved,
            severity=one.severity,
            score=one.score,
            opened_at=one.opened_at,
            reason=one.reason,
        )
        for one in records
    ]


async def _states(redis: Redis, keys: RedisKeys) -> AsyncIterator[tuple[str, KeyState]]:
    """Every key that is in a window or has an open alert, and what detection remembers of it."""
    for shard in range(keys.shards):
        names = sorted(await _names(redis, keys, shard))
        for start in range(0, len(names), _KEYS_A_READ):
            some = names[start : start + _KEYS_A_READ]
            for key, state in zip(some, await _read(redis, keys, some), strict=True):
                if state:
                    yield key, msgspec.json.decode(state, type=KeyState)


async def _names(redis: Redis, keys: RedisKeys, shard: int) -> set[str]:
    found = {name.decode() async for name, _ in redis.zscan_iter(keys.timers(shard))}
    async for check, _ in redis.zscan_iter(keys.checks(shard)):
        # The minute, if any, stands before the key.
        found.add(check.decode().partition(_CHECK_SEPARATOR)[2])
    return found


async def _read(redis: Redis, keys: RedisKeys, names: Sequence[str]) -> list[bytes | None]:
    async with redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hget(keys.detection(name), "state")
        return list(await pipe.execute())
