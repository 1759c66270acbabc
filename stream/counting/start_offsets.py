"""Where reading and counting begin when partitions are assigned: Kafka's offsets against Redis.

How far a scored partition is counted is what Redis holds, not what Kafka's group has committed:
Redis can lose its latest writes, or all of them, and what it lost is then read again. Offsets are
committed to the group before Faust asks it: those that Faust reads from, acknowledges and commits
all follow from what is committed when an assignment begins.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.structs import TopicPartition
from faust.types import TP
from msgspec import Struct

from stream.counting.store import Store
from stream.kafka import Admin
from stream.settings import Settings

log = logging.getLogger(__name__)

# A group in the middle of a rebalance takes no offsets; it does again within its rebalance timeout.
_COMMIT_SECONDS = 60
_POLL_SECONDS = 0.2


class StartOffset(Struct, frozen=True):
    """The offset to begin at.

    reread: how many offsets before the committed one are read once more.
    missing: how many were not counted, or are no longer, and Kafka does not have them either.
    """

    offset: int
    reread: int = 0
    missing: int = 0


def start_offset(marker: int | None, committed: int | None, earliest: int) -> StartOffset:
    """Where to begin a partition that Redis holds up to `marker`, or holds nothing of.

    `committed` is the group's offset, or None; `earliest` is the first that Kafka still has.
    """
    if committed is None:
        return StartOffset(
            earliest, missing=_missing(earliest, earliest if marker is None else marker)
        )
    counted = marker or 0
    offset = max(min(counted, committed), earliest)
    return StartOffset(offset, max(0, committed - offset), _missing(offset, counted))


def _missing(offset: int, counted: int) -> int:
    return max(0, offset - counted)


class StartOffsets:
    """Begins the partitions that a worker of the consumer group `group` is assigned."""

    def __init__(self, settings: Settings, group: str, store: Store) -> None:
        self._settings = settings
        self._group = group
        self._store = store

    async def offsets(self, consumer: Any, assigned: Collection[TP]) -> dict[TP, int]:
        """Where each of Faust's `consumer`'s partitions is read from; it is, when this returns.

        Raises:
            TimeoutError: the group takes no offsets.
        """
        if not assigned:
            return {}
        earliest = await consumer.earliest_offsets(*assigned)
        committed = await self._committed(assigned)
        offsets = {tp: committed.get(tp, earliest[tp]) for tp in assigned}
        scored = [tp for tp in assigned if tp.topic == self._settings.topics.scored]
        markers = await self._store.counted()
        starts = {
            tp: start_offset(markers.get(tp.partition), committed.get(tp), earliest[tp])
            for tp in scored
        }
        _log_starts(starts)
        moved = {tp: s.offset for tp, s in starts.items() if s.offset != offsets[tp]}
        await _commit_and_seek(consumer, moved)
        await self._store.begin(
            {
                tp.partition: earliest[tp]
                for tp in scored
                if markers.get(tp.partition, -1) < earliest[tp]
            }
        )
        return offsets | moved

    async def _committed(self, assigned: Collection[TP]) -> dict[TP, int]:
        known = [TopicPartition(tp.topic, tp.partition) for tp in assigned]
        async with Admin(self._settings) as admin:
            found = await admin.committed(self._group, known)
        return {TP(*partition): offset for partition, offset in found.items()}


def _log_starts(starts: Mapping[TP, StartOffset]) -> None:
    for tp, begin in starts.items():
        place = {"partition": f"{tp.topic}/{tp.partition}", "offset": begin.offset}
        if begin.reread:
            log.warning(
                "Redis has lost counts: windows are rebuilt from the scored Kafka topic",
                extra={"fields": place | {"records": begin.reread}},
            )
        if begin.missing:
            log.warning(
                "records that are not counted are no longer in the scored Kafka topic:"
                " windows stay without them",
                extra={"fields": place | {"records": begin.missing}},
            )


async def _commit_and_seek(consumer: Any, offsets: Mapping[TP, int]) -> None:
    async with asyncio.timeout(_COMMIT_SECONDS):
        # Faust ends the process over a commit of no partitions: they may all leave meanwhile.
        while here := _still_assigned(consumer, offsets):
            # Not `commit`, which knows only what was acknowledged here.
            if await consumer._commit(here):
                break
            await asyncio.sleep(_POLL_SECONDS)
    if here := _still_assigned(consumer, offsets):
        # A committed offset of 0 is not sought: Faust and aiokafka take it for none.
        await consumer.seek_wait(here)


def _still_assigned(consumer: Any, offsets: Mapping[TP, int]) -> dict[TP, int]:
    assigned = consumer.assignment()
    return {tp: offset for tp, offset in offsets.items() if tp in assigned}
