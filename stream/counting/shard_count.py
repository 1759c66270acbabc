"""How many shards window keys are spread over: agreed on once, for all workers of a namespace."""

from redis.asyncio import Redis

from schemas.errors import PetrelError
from stream.counting.redis_keys import RedisKeys, namespace_prefix


class ShardCountError(PetrelError):
    """Redis holds counts in another number of shards; the message says what to do."""


async def agree_on_shards(redis: Redis, keys: RedisKeys, namespace: str) -> None:
    """Write how many shards there are, or make sure that it is what Redis holds.

    With another number each window key would be looked for in a shard that it is not in.

    Raises:
        ShardCountError: it is not.
    """
    await redis.set(keys.shard_count, keys.shards, nx=True)
    held = int(await redis.get(keys.shard_count) or keys.shards)
    if held != keys.shards:
        raise ShardCountError(
            f"PETREL_SHARDS is {keys.shards}, and Redis holds counts in {held} shards: set"
            f" PETREL_SHARDS={held}; or, to change it, stop all workers and delete the keys"
            f" that begin with {namespace_prefix(namespace)}: and the windows are rebuilt from"
            " the scored Kafka topic"
        )
