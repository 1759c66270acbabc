"""How the keys of a namespace are called in Redis: see REDIS.md."""

from zlib import crc32

# Part of every key. With another layout a worker finds no counts of its own, and rebuilds them from
# the scored Kafka topic, instead of reading those of an older one wrongly.
_LAYOUT = 3


def namespace_prefix(namespace: str) -> str:
    """What every Redis key of a namespace begins with."""
    return f"petrel:{_LAYOUT}:{namespace or 'live'}"


class RedisKeys:
    """The keys of a namespace; window keys are spread over so many `shards`."""

    def __init__(self, namespace: str, shards: int) -> None:
        prefix = namespace_prefix(namespace)
        self.shards = shards
        self.markers = f"{prefix}:markers"
        self.expected = f"{prefix}:expected"
        self.horizon = f"{prefix}:horizon"
        self.watermarks = f"{prefix}:watermarks"
        self.offsets = f"{prefix}:offsets"
        self.begins = f"{prefix}:begins"
        self.stale = f"{prefix}:stale"
        self._prefix = prefix

    def shard_of(self, key: str) -> int:
        """The shard that the window key `key` is in."""
        return crc32(key.encode()) % self.shards

    def counts(self, key: str) -> str:
        """The hash with the counts of a window key."""
        return f"{self._slot(self.shard_of(key))}:key:{key}"

    def detection(self, key: str) -> str:
        """The hash with what detection holds of a window key."""
        return f"{self._slot(self.shard_of(key))}:detection:{key}"

    def pending(self, key: str, minute: int) -> str:
        """The hash with the documents of a minute of a window key that are not all judged."""
        return f"{self._slot(self.shard_of(key))}:pending:{minute}:{key}"

    def timers(self, shard: int) -> str:
        """When each window key of a shard is to be closed, in minutes."""
        return f"{self._slot(shard)}:timers"

    def checks(self, shard: int) -> str:
        """When each pending minute of a shard is to be judged, or a key without, in seconds."""
        return f"{self._slot(shard)}:checks"

    def outbox(self, shard: int) -> str:
        """Alerts of a shard that a sink may not have yet."""
        return f"{self._slot(shard)}:outbox"

    def _slot(self, shard: int) -> str:
        return f"{self._prefix}:{{{shard}}}"
