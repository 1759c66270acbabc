"""Refuse to start if Redis may evict keys: counts would be lost without a trace."""

import logging
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoPermissionError

from schemas.errors import PetrelError
from stream.counting.scripts import is_cluster

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
        servers = await _memory(redis)
    except NoPermissionError as error:
        log.warning(
            "cannot read whether Redis may evict keys: maxmemory-policy must be noeviction",
            extra={"fields": {"error": str(error)}},
        )
        return
    for memory in servers:
        _check(memory)


async def _memory(redis: Redis) -> list[dict[str, Any]]:
    """What each server says of its memory; a cluster has several."""
    if is_cluster(redis):
        found: Any = await redis.info("memory", target_nodes=RedisCluster.PRIMARIES)
        return list(found.values())
    return [await redis.info("memory")]


def _check(memory: Mapping[str, Any]) -> None:
    policy = memory.get("maxmemory_policy", _POLICY)
    if memory.get("maxmemory") and policy != _POLICY:
        raise EvictionError(
            "Redis (PETREL_REDIS_URL) may evict keys, which would lose counts: maxmemory-policy"
            f" must be {_POLICY}; it is {policy}, and maxmemory is {memory['maxmemory']} bytes"
        )
