"""Counts in Redis: window keys, and how far each partition is counted.

Window keys are spread over shards, of which there are as many as when Redis was first used,
whatever Kafka topics have partitions. Each shard is a Redis Cluster slot of its own: what belongs
to it is written together, and lives and rolls back together.

A batch of scored records is counted by one script call for each shard, and then by one for what is
common to all. Shards in which it counts nothing go with another's call, except on a Redis Cluster,
where each is apart. Each call moves the slot's own marker of each scored partition: its next offset
to count. What a slot holds is therefore always what comes of the records before its markers, and of
no others, even when it has lost the latest writes or all of them. Counting begins at the smallest
marker; a slot that is ahead skips what it has counted.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.errors import PetrelError
from stream.counting.redis_keys import RedisKeys, SlotKeys
from stream.counting.scripts import Call, answers, by_call, is_cluster, run_all, script
from stream.counting.updates import SecondUpdate, Update, by_second, each_alone
from stream.windows.buckets import MINUTE, SECOND, SECONDS_A_MINUTE
from stream.windows.cells import MAX_EVIDENCE, MAX_TEXTS
from stream.windows.key_cap import FORGOTTEN_HOURS, SECONDS_AN_HOUR, KeyLimits
from stream.windows.key_evaluation import FORGOTTEN_DAYS

# A key of which nothing was counted for this long is forgotten, with its fences and its past.
KEY_TTL_SECONDS = FORGOTTEN_DAYS * 86_400

# Sources of slots that move on in one call: a batch may have 500, and Redis does nothing beside.
_MAX_MOVED = 3_200

# What the script's errors begin with: a marker is not where it was left; a document lies in what is
# closed; of an update a part is counted.
_LOST = "LOST "
_CLOSED = "CLOSED "
_SPLIT = "SPLIT"


class DataLost(PetrelError):
    """Redis no longer holds all that was counted; the message says of which partition."""


class AlreadyClosed(PetrelError):
    """A document lies before the `horizon`, in milliseconds: windows were emitted without it."""

    def __init__(self, horizon: int) -> None:
        super().__init__(f"a document lies before {horizon}, up to which windows are closed")
        self.horizon = horizon


class SourceProgress(Struct, frozen=True):
    """How far a source partition is counted: the times of its `SourceClock`, its last offset."""

    watermark: int = 0
    offset: int = -1
    begin: int = 0


class BatchUpdate(Struct, frozen=True):
    """What a run of scored records comes to.

    offsets: of each scored partition, from which one on it is counted, and up to which then.
    updates: the documents of each window key. progress: how far each source partition is then.
    stale: how many documents are in no window. earliest: the first second of the others, sources:
    the source partitions they come from. ended: those that end, and until when each was expected.
    """

    offsets: Mapping[int, tuple[int, int]]
    updates: Mapping[str, Sequence[Update]]
    progress: Mapping[str, SourceProgress]
    stale: int = 0
    earliest: int | None = None
    sources: Collection[str] = ()
    ended: Mapping[str, int] = {}


class ShardProgress(Struct, frozen=True):
    """Up to when a shard may be judged and closed, in milliseconds; how much waits for that."""

    horizon: int
    due: int


class Store:
    """The counts of one namespace."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._admit = script(redis, "admit")
        self._admit_keys = script(redis, "admit_keys")
        self._apply = script(redis, "apply")
        self._begin = script(redis, "begin")
        self._progress = script(redis, "progress")
        self._follow = script(redis, "follow")

    async def answers(self, seconds: float) -> bool:
        """Whether Redis answers within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return bool(await self._redis.ping())
        except (RedisError, TimeoutError):
            return False

    def shard_of(self, key: str) -> int:
        """The shard that counts the window key `key`."""
        return self._keys.shard_of(key)

    async def apply(self, batch: BatchUpdate) -> int:
        """Count a batch, each document once; gives how many counts were new.

        What fails half-way is made good by the next call with the same batch.

        Raises:
            DataLost: what was counted before the batch is no longer all there.
            AlreadyClosed: a document of it lies in what was closed already.
        """
        if batch.earliest is not None:
            await self._admit_documents(batch.earliest, batch.sources)
        found = await answers(self._redis, self._apply, self._shard_calls(batch, by_second))
        # Where an earlier call counted a part of the batch, of what is one update here.
        split = [call for call, one in enumerate(found) if str(one).startswith(_SPLIT)]
        if split:
            alone = self._shard_calls(batch, each_alone)
            again = await answers(self._redis, self._apply, [alone[call] for call in split])
            for call, one in zip(split, again, strict=True):
                found[call] = one
        counted = sum(_checked(found))
        # Last: what is common to all must not be ahead of any shard.
        arguments = [*_arguments(batch), batch.stale, 0]
        common = Call(_slot_keys(self._keys.common), arguments)
        return counted + sum(_checked(await answers(self._redis, self._apply, [common])))

    async def refused(self, firsts: Mapping[str, int], limits: KeyLimits) -> set[str]:
        """Which window keys, each with the second of its first document, are beyond `limits`.

        The others are known from then on.
        """
        of_shard = limits.of_shard(self._keys.shards)
        shards: defaultdict[int, list[str]] = defaultdict(list)
        for key in firsts:
            shards[self._keys.shard_of(key)].append(key)
        calls = []
        for shard, keys in shards.items():
            slot = self._keys.slots[shard]
            arguments = [of_shard.new, of_shard.total, FORGOTTEN_HOURS]
            rows = ((key, key.partition(":")[0], firsts[key] // SECONDS_AN_HOUR) for key in keys)
            calls.append(Call([slot.known, slot.new], [*arguments, *chain.from_iterable(rows)]))
        found = chain.from_iterable(await run_all(self._redis, self._admit_keys, calls))
        asked = chain.from_iterable(shards.values())
        return {key for key, admitted in zip(asked, found, strict=True) if not admitted}

    async def counted(self) -> dict[int, int]:
        """The smallest marker of each scored partition that every slot has one of."""
        slots = await self._markers(self._slots())
        partitions = set.intersection(*map(set, slots))
        return {partition: min(slot[partition] for slot in slots) for partition in partitions}

    async def begin(self, offsets: Mapping[int, int]) -> None:
        """Let each scored partition be counted from its offset on, in slots that are behind it.

        Kafka must have nothing before these offsets.
        """
        if not offsets:
            return
        packed = msgspec.msgpack.encode(list(offsets.items()))
        calls = [Call([slot.markers], [packed]) for slot in self._slots()]
        await run_all(self._redis, self._begin, calls)

    async def check(self, positions: Mapping[int, int]) -> None:
        """Make sure that each scored partition is still counted up to its position.

        Raises:
            DataLost: one is not.
        """
        markers = await self.counted()
        for partition, position in positions.items():
            if markers.get(partition, -1) < position:
                raise DataLost(
                    f"partition {partition} was counted up to offset {position}, and Redis holds"
                    f" {markers.get(partition, 'nothing')}"
                )

    async def progress(self, sources: Sequence[str]) -> dict[str, SourceProgress]:
        """How far each source partition is counted in all slots; an unknown one is at the start."""
        keys = self._keys.common
        found = await self._progress(_progress_keys(keys), ["", *sources])
        return dict(zip(sources, _progress_of(found), strict=True))

    async def progress_of(
        self, partition: int, sources: Sequence[str]
    ) -> dict[str, SourceProgress]:
        """How far each source partition is counted at the smallest marker of `partition`.

        `sources` are those that come in that scored partition.
        """
        calls = [Call(_progress_keys(slot), [partition, *sources]) for slot in self._slots()]
        found = await run_all(self._redis, self._progress, calls)
        slowest = min(found, key=lambda slot: int(slot[0] or -1))
        return dict(zip(sources, _progress_of(slowest), strict=True))

    async def follow(self, shards: Sequence[int], horizon: int) -> dict[int, ShardProgress]:
        """Let `shards` be judged and closed up to `horizon`, and say what there is to do in each.

        A shard that has lost counts stays where it is until they are counted again.
        """
        markers = (await self._markers([self._keys.common]))[0]
        packed = msgspec.msgpack.encode(list(markers.items()))
        calls = [
            Call(list(chain(*map(self._follow_keys, some))), [horizon, packed])
            for some in by_call(self._redis, shards, lambda shard: shard)
        ]
        found = chain(*await run_all(self._redis, self._follow, calls))
        return {
            shard: ShardProgress(int(at), due)
            for shard, (at, due) in zip(shards, found, strict=True)
        }

    async def stale(self) -> int:
        """How many documents are in no window because they were old when they came."""
        return int(await self._redis.get(self._keys.common.stale) or 0)

    async def pending(self, until: int) -> int:
        """How much waits to be judged, closed or sent, over all shards; `until` in milliseconds."""
        taken = await cast(Any, self._redis.hget(self._keys.grouping, "until"))
        async with self._redis.pipeline(transaction=False) as pipe:
            for shard in range(self._keys.shards):
                pipe.zcount(self._keys.checks(shard), "-inf", until // SECOND)
                pipe.zcount(self._keys.timers(shard), "-inf", until // MINUTE)
                pipe.zcount(self._keys.transitions(shard), f"({int(taken or 0)}", "+inf")
            pipe.llen(self._keys.outbox)
            return sum(await pipe.execute())

    async def _admit_documents(self, earliest: int, sources: Collection[str]) -> None:
        common = self._keys.common
        packed = msgspec.msgpack.encode(sorted(sources))
        call = Call([common.horizon, common.expected, common.watermarks], [earliest, packed])
        _checked(await answers(self._redis, self._admit, [call]))

    def _shard_calls(
        self, batch: BatchUpdate, together: Callable[[Iterable[Update]], list[SecondUpdate]]
    ) -> list[Call]:
        updates: defaultdict[int, list[str]] = defaultdict(list)
        for key in batch.updates:
            updates[self._keys.shard_of(key)].append(key)
        max_moved = 0 if is_cluster(self._redis) else _MAX_MOVED // max(1, len(batch.progress))
        common, calls = [*_arguments(batch, ends=False), 0], list[Call]()
        for shard, moved in _shared_calls(range(self._keys.shards), updates, max_moved):
            slots = [self._keys.slots[one] for one in moved]
            keys = [*_slot_keys(self._keys.slots[shard]), *chain(*map(_progress_keys, slots))]
            arguments = [*common, len(slots)]
            for key in updates[shard]:
                documents = batch.updates[key]
                minutes = sorted({one.second // SECONDS_A_MINUTE for one in documents})
                keys += self._keys_of(key, shard, minutes)
                packed = map(msgspec.msgpack.encode, (together(documents), minutes))
                arguments += [key, *packed]
            calls.append(Call(keys, arguments))
        return calls

    def _keys_of(self, key: str, shard: int, minutes: Iterable[int]) -> list[str]:
        return [
            self._keys.counts(key),
            self._keys.timers(shard),
            self._keys.detection(key),
            self._keys.checks(shard),
            *(self._keys.pending(key, minute) for minute in minutes),
        ]

    def _slots(self) -> list[SlotKeys]:
        return [self._keys.common, *self._keys.slots]

    def _follow_keys(self, shard: int) -> list[str]:
        slot = self._keys.slots[shard]
        return [slot.markers, slot.horizon, self._keys.checks(shard), self._keys.timers(shard)]

    async def _markers(self, slots: Sequence[SlotKeys]) -> list[dict[int, int]]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for slot in slots:
                pipe.hgetall(slot.markers)
            found = await pipe.execute()
        return [{int(partition): int(at) for partition, at in one.items()} for one in found]


def _shared_calls(
    shards: Iterable[int], counting: Collection[int], max_moved: int
) -> list[tuple[int, list[int]]]:
    """The shard of each call, and up to `max_moved` others that only move on with it.

    Those `counting` have a call each.
    """
    calls = sorted(counting)
    moved = [shard for shard in shards if shard not in counting]
    while len(calls) * max_moved < len(moved):
        calls.append(moved.pop())
    return [(shard, moved[at * max_moved : (at + 1) * max_moved]) for at, shard in enumerate(calls)]


def _slot_keys(slot: SlotKeys) -> list[str]:
    return [*_progress_keys(slot), slot.horizon, slot.expected, slot.stale, slot.tests]


def _progress_keys(slot: SlotKeys) -> list[str]:
    return [slot.markers, slot.watermarks, slot.offsets, slot.begins]


def _progress_of(found: Sequence[bytes]) -> Iterator[SourceProgress]:
    """What `progress.lua` gives of each source, behind the marker."""
    unknown = SourceProgress()
    for at in range(1, len(found), 3):
        watermark, offset, begin = found[at : at + 3]
        yield SourceProgress(
            int(watermark or unknown.watermark),
            int(offset or unknown.offset),
            int(begin or unknown.begin),
        )


def _checked(found: Sequence[Any]) -> list[int]:
    errors = [answer for answer in found if isinstance(answer, Exception)]
    if not errors:
        return [int(answer or 0) for answer in found]
    closed = [int(str(e).removeprefix(_CLOSED)) for e in errors if str(e).startswith(_CLOSED)]
    for error in errors:
        if str(error).startswith(_LOST):
            raise DataLost(str(error).removeprefix(_LOST))
    if len(closed) == len(errors):
        raise AlreadyClosed(max(closed))
    raise next(error for error in errors if not str(error).startswith(_CLOSED))


def _arguments(batch: BatchUpdate, *, ends: bool = True) -> list[Any]:
    ranges = [(partition, *offsets) for partition, offsets in batch.offsets.items()]
    progress = [(name, at.watermark, at.offset, at.begin) for name, at in batch.progress.items()]
    ended = list(batch.ended.items()) if ends else []
    packed = map(msgspec.msgpack.encode, (ranges, progress, ended))
    return [KEY_TTL_SECONDS, MAX_TEXTS, MAX_EVIDENCE, *packed]
