"""The Lua scripts beside this file."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.commands.core import AsyncScript
from redis.exceptions import ResponseError

SCRIPTS = Path(__file__).parent

_T = TypeVar("_T")


class Call(NamedTuple):
    """One call of a script; on a Redis Cluster all of its keys lie in one slot."""

    keys: Sequence[str]
    arguments: Sequence[Any]


def script(redis: Redis, name: str) -> AsyncScript:
    """The script `name`.lua, to be run on `redis`."""
    return redis.register_script((SCRIPTS / f"{name}.lua").read_text("utf-8"))


def is_cluster(redis: Redis) -> bool:
    """Whether `redis` is a Redis Cluster, where all keys of a call must lie in one slot."""
    return isinstance(cast(object, redis), RedisCluster)


def by_call(redis: Redis, items: Sequence[_T], shard_of: Callable[[_T], int]) -> list[list[_T]]:
    """The `items` that go in one call: all, but on a Redis Cluster those of each shard apart.

    Those of a shard stand together in `items`, and in what is given all are in the same order.
    """
    if is_cluster(redis):
        return [list(some) for _, some in groupby(items, shard_of)]
    return [list(items)] if items else []


async def due_members(
    redis: Redis, sets: Iterable[str], until: int, limit: int
) -> list[list[tuple[str, int]]]:
    """Of each of these sorted sets the first `limit` members, with a score of `until` at most."""
    async with redis.pipeline(transaction=False) as pipe:
        for name in sets:
            pipe.zrange(
                name,
                "-inf",
                cast(Any, until),
                byscore=True,
                offset=0,
                num=limit,
                withscores=True,
            )
        found = await pipe.execute()
    return [[(member.decode(), int(score)) for member, score in rows] for rows in found]


async def answers(redis: Redis, script: AsyncScript, calls: Iterable[Call]) -> list[Any]:
    """What each call of `script` gives, in order: its answer, or the error that it replied with."""
    calls = list(calls)
    if is_cluster(redis) or len(calls) == 1:
        # The pipelines of a cluster take no scripts; others first ask whether Redis has the script.
        return list(await asyncio.gather(*(_answer(script, call) for call in calls)))
    async with redis.pipeline(transaction=False) as pipe:
        for call in calls:
            await script(call.keys, call.arguments, client=pipe)
        return list(await pipe.execute(raise_on_error=False))


async def run_all(redis: Redis, script: AsyncScript, calls: Iterable[Call]) -> list[Any]:
    """What each call of `script` gives, in order.

    Raises:
        ResponseError: one replied with an error; the others were made all the same.
    """
    found = await answers(redis, script, calls)
    for answer in found:
        if isinstance(answer, ResponseError):
            raise answer
    return found


async def _answer(script: AsyncScript, call: Call) -> Any:
    try:
        return await script(call.keys, call.arguments)
    except ResponseError as error:
        return error


def decoded(names: Any) -> list[str]:
    """Names as Redis gives them, as text."""
    return [name.decode() for name in names]
