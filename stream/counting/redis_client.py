"""A connection to Redis."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.counting.redis_keys import namespace_prefix
from stream.settings import Settings

# Ten tries, up to 2 s apart: a restart of Redis is waited out, a loss of it is not.
_RETRIES = 10
_MAX_WAIT_SECONDS = 2.0

# Worth another try: a full Redis may be given room, a replica may be replaced by the new primary.
_TRANSIENT = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError)


def connect(settings: Settings) -> Redis:
    """A client that retries, and never waits for ever."""
    url = settings.redis_url.get_secret_value()
    options: dict[str, Any] = {}
    if settings.redis_ca_file is not None:
        options["ssl_ca_certs"] = str(settings.redis_ca_file)
    return Redis.from_url(
        url,
        socket_timeout=10,
        socket_connect_timeout=5,
        retry=Retry(ExponentialBackoff(cap=_MAX_WAIT_SECONDS, base=0.05), _RETRIES),
        retry_on_error=list(_TRANSIENT),
        **options,
    )


async def forget(redis: Redis, namespace: str) -> int:
    """Delete everything of a namespace; gives how many keys that were."""
    deleted = 0
    async for key in redis.scan_iter(match=f"{namespace_prefix(namespace)}:*", count=1000):
        deleted += await redis.unlink(key)
    return deleted
