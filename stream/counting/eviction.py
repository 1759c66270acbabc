"""Refuse to start if Redis may evict keys: counts would be lost without a trace."""

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
    """Refuse to start if Redis may evict keys: a full one must refuse writes instead.

    Raises:
        EvictionError: `maxmemory` is set, and its policy evicts.
    """
    try:
        memory = await redis.info("memory")
    except NoPermissionError as error:
        log.warning(
            "cannot read whether Redis may evict keys: maxmemory-policy must be noeviction",
            extra={"fields": {"error": str(error)}},
        )
        return
    policy = memory.get("maxmemory_policy", _POLICY)
    if memory.get("maxmemory") and policy != _POLICY:
        raise EvictionError(
            f"Redis may evict keys, which would lose counts: maxmemory-policy must be"
            f" {_POLICY}; it is {policy}, and maxmemory is {memory['maxmemory']} bytes"
        )
