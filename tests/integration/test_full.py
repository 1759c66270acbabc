"""A Redis without memory is waited for; one that evicts is refused."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import redis

from stream.counting.eviction import EvictionError, refuse_eviction
from stream.counting.redis_client import connect
from stream.settings import load

_MAXMEMORY = 64 * 1024 * 1024


@pytest.fixture
def server(redis_url: str) -> "Iterator[redis.Redis]":
    with redis.Redis.from_url(redis_url) as client:
        yield client
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")


async def refuse(redis_url: str) -> None:
    async with connect(load(redis_url=redis_url)) as client:
        await refuse_eviction(client)


async def test_a_full_redis_is_waited_for(redis_url: str, server: "redis.Redis") -> None:
    server.config_set("maxmemory", 1)
    async with connect(load(redis_url=redis_url)) as client:
        writing = asyncio.ensure_future(client.set("test", "1"))
        await asyncio.sleep(0.3)
        assert not writing.done()

        server.config_set("maxmemory", 0)

        await writing
        assert server.get("test") == b"1"


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_redis_that_evicts_is_refused(
    policy: str, redis_url: str, server: "redis.Redis"
) -> None:
    server.config_set("maxmemory", _MAXMEMORY)
    server.config_set("maxmemory-policy", policy)

    with pytest.raises(EvictionError, match=f"must be noeviction; it is {policy}, and maxmemory"):
        await refuse(redis_url)


@pytest.mark.parametrize(
    ("name", "value"), [("maxmemory", _MAXMEMORY), ("maxmemory-policy", "allkeys-lru")]
)
async def test_a_limit_or_a_policy_alone_evicts_nothing(
    name: str, value: str, redis_url: str, server: "redis.Redis"
) -> None:
    server.config_set(name, value)

    await refuse(redis_url)


async def test_a_redis_that_does_not_say_is_warned_of(
    redis_url: str, server: "redis.Redis", caplog: pytest.LogCaptureFixture
) -> None:
    server.acl_setuser("mute", enabled=True, nopass=True, keys="*", commands=["+@all", "-info"])

    with caplog.at_level(logging.WARNING):
        await refuse(redis_url.replace("redis://", "redis://mute:any@"))

    server.acl_deluser("mute")
    assert "maxmemory-policy must be noeviction" in caplog.text
