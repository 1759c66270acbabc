"""The Lua scripts beside this file."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.commands.core import AsyncScript
from redis.exceptions import ResponseError

SCRIPTS = Path(__file__).parent


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


async def answers(redis: Redis, script: AsyncScript, calls: Iterable[Call]) -> list[Any]:
    """What each call of `script` gives, in order: its answer, or the error that it replied with."""
    if is_cluster(redis):
        # Its pipelines take no scripts.
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
