"""Where counting of a scored partition begins.

How far it is counted is what Redis holds, not what Kafka's group has committed: Redis can lose its
latest writes, or all of them, and what it lost is then read again.
"""

from msgspec import Struct


class Start(Struct, frozen=True):
    """The offset to begin at.

    again: how many offsets before the committed one are read once more.
    gone: how many were not counted, or are no longer, and Kafka does not have them either.
    """

    offset: int
    again: int = 0
    gone: int = 0


def start(marker: int | None, committed: int | None, earliest: int) -> Start:
    """Where to begin a partition that Redis holds up to `marker`, or holds nothing of.

    `committed` is the group's offset, or None; `earliest` is the first that Kafka still has.
    """
    if committed is None:
        return Start(earliest, gone=_gone(earliest, earliest if marker is None else marker))
    counted = marker or 0
    offset = max(min(counted, committed), earliest)
    return Start(offset, max(0, committed - offset), _gone(offset, counted))


def _gone(offset: int, counted: int) -> int:
    return max(0, offset - counted)
