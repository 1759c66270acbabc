"""How many window keys senders can make: what is beyond counts for one key of its kind."""

from collections.abc import Mapping

from msgspec import Struct

from stream.windows.key_evaluation import FORGOTTEN_DAYS

# Keys that are known to be admitted: asking Redis for each again would cost more than counting.
_MAX_CACHED = 200_000

SECONDS_AN_HOUR = 3_600
_SECONDS_A_DAY = 86_400
FORGOTTEN_HOURS = FORGOTTEN_DAYS * 24


class KeyLimits(Struct, frozen=True):
    """How many keys senders can make: `new` of each kind in an hour, and in all."""

    new: int
    total: int

    def of_shard(self, shards: int) -> "KeyLimits":
        """The part of one of so many shards, rounded up."""
        return KeyLimits(-(-self.new // shards), -(-self.total // shards))


class AdmittedKeys:
    """The keys that were admitted, as far as they are remembered; each again once a day."""

    def __init__(self) -> None:
        self._days: dict[str, int] = {}

    def unknown(self, firsts: Mapping[str, int]) -> dict[str, int]:
        """Those of `firsts` that must be asked for, each with its first second."""
        return {
            key: second
            for key, second in firsts.items()
            if self._days.get(key) != second // _SECONDS_A_DAY
        }

    def add(self, firsts: Mapping[str, int]) -> None:
        """Remember keys that were admitted."""
        if len(self._days) + len(firsts) > _MAX_CACHED:
            self._days.clear()
        self._days |= {key: second // _SECONDS_A_DAY for key, second in firsts.items()}
