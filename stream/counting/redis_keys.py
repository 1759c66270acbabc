"""How the keys of a namespace are called in Redis: see REDIS.md."""

from zlib import crc32

# Part of every key. With another layout a worker finds no counts of its own, and rebuilds them from
# the scored Kafka topic, instead of reading those of an older one wrongly.
_LAYOUT = 8

_COMMON = "all"


def namespace_prefix(namespace: str) -> str:
    """What every Redis key of a namespace begins with; that of a stream that is no replay is ''."""
    return f"petrel:{_LAYOUT}:{namespace}"


class SlotKeys:
    """The keys that each slot of a namespace has: how far it is counted, and closed.

    Redis Cluster keeps all keys with the same hash tag on one node.
    """

    def __init__(self, prefix: str, tag: str) -> None:
        self.prefix = f"{prefix}:{{{tag}}}"
        self.markers = f"{self.prefix}:markers"
        self.watermarks = f"{self.prefix}:watermarks"
        self.offsets = f"{self.prefix}:offsets"
        self.begins = f"{self.prefix}:begins"
        self.horizon = f"{self.prefix}:horizon"
        self.expected = f"{self.prefix}:expected"
        self.stale = f"{self.prefix}:stale"
        self.tests = f"{self.prefix}:tests"
        self.known = f"{self.prefix}:known"
        self.new = f"{self.prefix}:new"


class RedisKeys:
    """The keys of a namespace; window keys are spread over so many `shards`, a slot each.

    `common` is the slot of what is not of one shard.
    """

    def __init__(self, namespace: str, shards: int) -> None:
        prefix = namespace_prefix(namespace)
        self.shards = shards
        self.common = SlotKeys(prefix, _COMMON)
        self.slots = [SlotKeys(prefix, str(shard)) for shard in range(shards)]
        self.shard_count = f"{self.common.prefix}:shards"
        self.routes = f"{self.common.prefix}:routes"
        self.grouping = f"{self.common.prefix}:grouping"
        self.outbox = f"{self.common.prefix}:outbox"

    def shard_of(self, key: str) -> int:
        """The shard that the window key `key` is in."""
        return crc32(key.encode()) % self.shards

    def counts(self, key: str) -> str:
        """The hash with the counts of a window key."""
        return f"{self._slot(key)}:key:{key}"

    def detection(self, key: str) -> str:
        """The hash with what detection holds of a window key."""
        return f"{self._slot(key)}:detection:{key}"

    def pending(self, key: str, minute: int) -> str:
        """The hash with the documents of a minute of a window key that are not all judged."""
        return f"{self._slot(key)}:pending:{minute}:{key}"

    def timers(self, shard: int) -> str:
        """When each window key of a shard is to be closed, in minutes."""
        return f"{self.slots[shard].prefix}:timers"

    def checks(self, shard: int) -> str:
        """When each pending minute of a shard is to be judged, or a key without, in seconds."""
        return f"{self.slots[shard].prefix}:checks"

    def transitions(self, shard: int) -> str:
        """Alerts of a shard by their seconds: the latest, and all that are not taken in yet."""
        return f"{self.slots[shard].prefix}:transitions"

    def _slot(self, key: str) -> str:
        return self.slots[self.shard_of(key)].prefix
