"""A Redis that evicts keys to make room takes counts away, and no marker tells: it is refused."""

import logging

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from schemas.errors import PetrelError

log = logging.getLogger(__name__)

# Every key of ours counts, and those of windows have a time to live: no other policy spares them.
_POLICY = "noeviction"


class EvictionError(PetrelError):
    """Redis would evict keys; the message names the setting and what it must be."""


async def refuse_eviction(redis: Redis) -> None:
    """Make sure that Redis, when it is full, refuses writes and forgets nothing.

    Raises:
        EvictionError: it evicts.
    """
    try:
        memory = await redis.info("memory")
    except NoPermissionError as error:
        log.warning(
            "Redis does not say whether it evicts keys: maxmemory-policy must be noeviction",
            extra={"fields": {"error": str(error)}},
        )
        return
    policy = memory.get("maxmemory_policy", _POLICY)
    if memory.get("maxmemory") and policy != _POLICY:
        raise EvictionError(
            f"Redis must evict nothing, for windows are counted there: maxmemory-policy must be"
            f" {_POLICY}; it is {policy}, and maxmemory is {memory['maxmemory']} bytes"
        )
