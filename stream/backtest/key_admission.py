"""Which window keys that senders make are counted: what `admit_keys.lua` says, without Redis."""

from collections import defaultdict
from collections.abc import Mapping

from stream.counting.redis_keys import RedisKeys
from stream.windows.key_cap import FORGOTTEN_HOURS, SECONDS_AN_HOUR, AdmittedKeys, KeyLimits

# As in the script.
_MAX_HOURS = 256


class KeyAdmission:
    """Admits keys up to `limits`, of which each of so many `shards` has its part."""

    def __init__(self, limits: KeyLimits, shards: int) -> None:
        self._limits = limits.of_shard(shards)
        self._shard_of = RedisKeys("", shards).shard_of
        self._shards: defaultdict[int, _Shard] = defaultdict(_Shard)
        self._admitted = AdmittedKeys()

    def refused(self, firsts: Mapping[str, int]) -> set[str]:
        """Those of `firsts`, each with its first second, that are beyond the limits."""
        unknown = self._admitted.unknown(firsts)
        refused = {key for key, second in unknown.items() if not self._admits(key, second)}
        self._admitted.add({key: at for key, at in unknown.items() if key not in refused})
        return refused

    def _admits(self, key: str, second: int) -> bool:
        shard = self._shards[self._shard_of(key)]
        return shard.admits(key, second // SECONDS_AN_HOUR, self._limits)


class _Shard:
    """The keys that are known, with the hour in which each was last asked for, and new ones."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._new: defaultdict[tuple[str, int], int] = defaultdict(int)

    def admits(self, key: str, hour: int, limits: KeyLimits) -> bool:
        if key not in self._known and not self._may_be_new(key, hour, limits):
            return False
        self._known[key] = max(self._known.get(key, 0), hour)
        return True

    def _may_be_new(self, key: str, hour: int, limits: KeyLimits) -> bool:
        if len(self._known) >= limits.total:
            oldest = hour - FORGOTTEN_HOURS
            self._known = {one: asked for one, asked in self._known.items() if asked >= oldest}
            if len(self._known) >= limits.total:
                return False
        if len(self._new) >= _MAX_HOURS:
            self._new.clear()
        field = key.partition(":")[0], hour
        # Asked for without `[]`, which would add it.
        if self._new.get(field, 0) >= limits.new:
            return False
        self._new[field] += 1
        return True
