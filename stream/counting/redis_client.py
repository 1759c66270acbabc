"""A connection to Redis: to one server, to the primary that Sentinels name, or to a cluster."""

import asyncio
import logging
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.counting.redis_keys import namespace_prefix
from stream.redis_url import RedisAddress, parse
from stream.settings import Settings

log = logging.getLogger(__name__)

# Ten tries, up to 2 s apart: a restart of Redis is waited out, a loss of it is not.
_RETRIES = 10
_MAX_WAIT_SECONDS = 2.0
# A cluster, or Sentinels, take 15 s by default to see that a node is gone, and then elect another.
_FAILOVER_RETRIES = 20
# The client's own tries of a pipeline, which it makes a quarter of a second apart.
_PIPELINE_RETRIES = 100

# At the start: longer than a failover, and than what is no Redis needs to say nothing.
_AWAY_SECONDS = 30.0
_TELL_SECONDS = 1.0
_NO_ANSWER = "Redis does not answer (PETREL_REDIS_URL); it is waited for"

# Worth another try: a full Redis may be given room, a replica may be replaced by the new primary.
_TRANSIENT = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError)
_CLUSTER_TRANSIENT = (*_TRANSIENT, ClusterDownError, RedisClusterException)


class _Cluster(RedisCluster):
    """A client of a cluster that waits until a node that failed is replaced."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the client does, until a failover is over."""

        async def attempt() -> Any:
            return await RedisCluster.execute_command(self, *args, **options)

        return await _retry(_FAILOVER_RETRIES, _CLUSTER_TRANSIENT).call_with_retry(attempt, _pass)


class _Primary(Redis):
    """A client of the primary that Sentinels name, which closes the connections to them too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        pool: Any = self.connection_pool
        await super().aclose(close_connection_pool)
        await pool.sentinel_manager.aclose()


def connect(settings: Settings) -> Redis:
    """A client that retries, and never waits for ever."""
    address = parse(settings.redis_url.get_secret_value())
    options: dict[str, Any] = {"socket_timeout": 10, "socket_connect_timeout": 5}
    if settings.redis_ca_file is not None:
        options["ssl_ca_certs"] = str(settings.redis_ca_file)
    if address.kind == "cluster":
        return _to_cluster(address, options)
    if address.kind == "sentinel":
        return _to_sentinels(address, options)
    retry = _retry(_RETRIES, _TRANSIENT)
    return Redis.from_url(address.url, retry=retry, retry_on_error=list(_TRANSIENT), **options)


async def await_redis(settings: Settings) -> None:
    """Wait until Redis answers; raises `RedisError` when a restart would have been over."""
    told = asyncio.get_running_loop().call_later(_TELL_SECONDS, log.warning, _NO_ANSWER)
    try:
        async with asyncio.timeout(_AWAY_SECONDS), connect(settings) as redis:
            await redis.ping()
    except TimeoutError as error:
        raise RedisTimeoutError(f"no answer in {_AWAY_SECONDS:.0f} s") from error
    finally:
        told.cancel()


async def forget(redis: Redis, namespace: str) -> int:
    """Delete everything of a namespace; gives how many keys that were."""
    deleted = 0
    async for key in redis.scan_iter(match=f"{namespace_prefix(namespace)}:*", count=1000):
        deleted += await redis.unlink(key)
    return deleted


def _to_cluster(address: RedisAddress, options: dict[str, Any]) -> Redis:
    cluster = _Cluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.hosts],
        username=address.username,
        password=address.password,
        ssl=address.tls,
        retry=_retry(_PIPELINE_RETRIES, _CLUSTER_TRANSIENT),
        **options,
    )
    # It takes the same commands; the library gives the two no common type.
    return cast(Redis, cluster)


def _to_sentinels(address: RedisAddress, options: dict[str, Any]) -> Redis:
    # The library's own types leave these two open.
    sentinel: Any = Sentinel
    sentinels = sentinel(address.hosts, sentinel_kwargs=options | {"ssl": address.tls})
    return cast(
        Redis,
        sentinels.master_for(
            address.service,
            redis_class=_Primary,
            db=address.database,
            username=address.username,
            password=address.password,
            ssl=address.tls,
            retry=_retry(_FAILOVER_RETRIES, _TRANSIENT),
            retry_on_error=list(_TRANSIENT),
            **options,
        ),
    )


def _retry(retries: int, errors: tuple[type[Exception], ...]) -> Retry:
    backoff = ExponentialBackoff(cap=_MAX_WAIT_SECONDS, base=0.05)
    # The library's type has RedisError alone, which its own cluster errors are not.
    return Retry(backoff, retries, supported_errors=cast(Any, errors))


async def _pass(_: Exception) -> None: ...
