"""Scored documents into the buckets of their window keys, each document once."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct

from schemas.codec import InvalidRecord, decode
from schemas.scored import ScoredDocument
from schemas.window import Kind
from stream import heartbeat
from stream.batch_queue import BatchQueue
from stream.counting.source_weights import SourceWeights
from stream.counting.stale_log import StaleLog
from stream.counting.store import AlreadyClosed, BatchUpdate, SourceProgress, Store
from stream.counting.updates import (
    Update,
    keys_of,
    made_by_sender,
    moved_to_other,
    place_of,
    updates_of,
)
from stream.kafka import Producer
from stream.progress.source_clock import SourceClock
from stream.records import RawRecord, dead_letter
from stream.settings import Settings
from stream.windows.buckets import SECOND
from stream.windows.key_cap import AdmittedKeys, KeyLimits

log = logging.getLogger(__name__)

# Records that are counted together.
MAX_BATCH = 500
# Counts that one call of the script adds, which Redis does nothing beside: some milliseconds.
MAX_SHARD_UPDATES = MAX_BATCH
QUEUE_CAPACITY = 2 * MAX_BATCH
# How long the first record of a batch waits for others: each batch goes to every shard, so that ten
# small ones cost nearly ten times what a large one does. Part of the delay of an alert.
_GATHER_SECONDS = 0.05

# Windows may be closed further meanwhile only as far as nobody waits for the sources of a batch.
_MAX_ATTEMPTS = 10


class CountingRules(Struct, frozen=True):
    """What counts: the `kinds` of window keys, how many, until which age in milliseconds.

    weights: what the word of a source weighs.
    """

    kinds: Collection[Kind]
    limits: KeyLimits
    stale_after: int
    weights: SourceWeights


def counting_rules(settings: Settings) -> CountingRules:
    """The rules that `settings` give."""
    limits = KeyLimits(settings.max_new_keys, settings.max_keys)
    weights = SourceWeights(settings.source_weights)
    return CountingRules(settings.kinds, limits, int(settings.stale * 1000), weights)


class WindowCounter:
    """The aggregate agent's work, apart from Faust."""

    def __init__(self, store: Store, producer: Producer, rules: CountingRules) -> None:
        self._store = store
        self._producer = producer
        self._rules = rules
        self._admitted = AdmittedKeys()
        self._stale_log = StaleLog(rules.stale_after)
        self._assignment = _Assignment({})
        self._batch_queue: BatchQueue[_QueuedRecord] = BatchQueue(
            QUEUE_CAPACITY, MAX_BATCH, _GATHER_SECONDS
        )

    async def put(
        self,
        record: RawRecord,
        acknowledge: Callable[[], object],
        release: Callable[[], object],
    ) -> None:
        """Take a record of the scored Kafka topic in; waits while there is no room.

        One of the two is called: `acknowledge` when it is counted, `release` when partitions moved
        before that. What was released is read again, by whoever has its partition then.
        """
        await self._batch_queue.put(_QueuedRecord(record, acknowledge, release, self._assignment))

    async def run(self) -> None:
        """Work until cancelled; what is raised is a failure of Kafka or Redis."""
        while True:
            batch = await self._batch_queue.take()
            if records := [queued.record for queued in batch if self._is_assigned(queued)]:
                await self.apply(records)
            for queued in batch:
                # Checked again: nothing may be acknowledged of an assignment that ended meanwhile.
                (queued.acknowledge if self._is_assigned(queued) else queued.release)()

    def begin(self, positions: Mapping[int, int]) -> None:
        """Count partitions of the scored Kafka topic from these offsets on, and no others."""
        self._assignment = _Assignment(positions)

    async def check(self) -> None:
        """Make sure that the store still holds what was counted; raises `DataLost`."""
        self._stale_log.tell()
        await self._store.check(dict(self._assignment.positions))

    async def apply(self, records: Sequence[RawRecord]) -> None:
        """Count what `records` hold that was not counted before; the rest is a dead letter."""
        # A batch that is being counted while partitions move goes on with what it knows.
        assignment = self._assignment
        parsed = [_parse(record, self._rules) for record in records]
        await self._catch_up(records, assignment.positions)
        for piece in _pieces(parsed, self._store.shard_of):
            await self._count_piece(records[piece], parsed[piece], assignment)
        self._stale_log.tell()
        await self._send_dead_letters(records, parsed)

    async def _count_piece(
        self,
        records: Sequence[RawRecord],
        parsed: Sequence["_Entry | InvalidRecord"],
        assignment: "_Assignment",
    ) -> None:
        entries = [entry for entry in parsed if isinstance(entry, _Entry)]
        ranges = _offset_ranges(records, assignment.positions)
        self._stale_log.add(await self._count(entries, ranges, assignment.sources))
        assignment.positions |= {partition: end for partition, (_, end) in ranges.items()}

    async def _count(
        self,
        entries: Sequence["_Entry"],
        ranges: Mapping[int, tuple[int, int]],
        known: dict[str, "_Source"],
    ) -> Counter[str]:
        """Count `entries` with the sources `known`; gives how many are stale, by Kafka topic."""
        names = {entry.source: entry.partition for entry in entries}
        horizon = 0
        for _ in range(_MAX_ATTEMPTS):
            sources = await self._load_sources(names, known)
            for source in sources.values():
                source.clock.advance(horizon)
            placed = _placed(entries, sources)
            batch = BatchUpdate(
                offsets=ranges,
                updates=await self._capped(placed),
                progress={name: source.progress for name, source in sources.items()},
                stale=placed.stale.total(),
                earliest=placed.earliest,
                sources=placed.sources,
                ended={e.source: e.ended for e in entries if e.ended is not None},
            )
            try:
                await self._store.apply(batch)
            except AlreadyClosed as error:
                # Nobody waited for a source: what it brings counts from where windows are closed.
                horizon = error.horizon
                for name in names:
                    del known[name]
            else:
                return placed.stale
        raise TimeoutError(f"windows were closed {_MAX_ATTEMPTS} times over what was counted")

    async def _capped(self, placed: "_Placed") -> dict[str, Sequence[Update]]:
        """The updates, those of too many keys under that of the others of their kind."""
        firsts = {key: placed.updates[key][0].second for key in placed.made_by_sender}
        unknown = self._admitted.unknown(firsts)
        if not unknown:
            return dict(placed.updates)
        refused = await self._store.refused(unknown, self._rules.limits)
        self._admitted.add({key: s for key, s in unknown.items() if key not in refused})
        return moved_to_other(placed.updates, refused)

    def _is_assigned(self, queued: "_QueuedRecord") -> bool:
        # Faust may hand on what it still held when partitions went away, after `begin` with none.
        is_read = queued.record.partition in queued.assignment.positions
        return is_read and queued.assignment is self._assignment

    async def _catch_up(self, records: Sequence[RawRecord], positions: dict[int, int]) -> None:
        """Move `positions` over what another worker counted until partitions began here.

        Faust asks the group where to read from a moment after `begin` was told where to count.
        """
        firsts = {record.partition: record.offset for record in reversed(records)}
        gaps = {number: first for number, first in firsts.items() if first > positions[number]}
        markers = await self._store.counted() if gaps else {}
        for number, first in gaps.items():
            counted = min(markers.get(number, 0), first)
            positions[number] = max(positions[number], counted)

    async def _load_sources(
        self, names: Mapping[str, int], known: dict[str, "_Source"]
    ) -> dict[str, "_Source"]:
        """The sources `names`, each with its scored partition: `known`, or else from the store."""
        new: defaultdict[int, list[str]] = defaultdict(list)
        for name in sorted(names.keys() - known.keys()):
            new[names[name]].append(name)
        for partition, some in new.items():
            for name, progress in (await self._store.progress_of(partition, some)).items():
                known[name] = _Source(progress, self._rules.stale_after)
        return {name: known[name] for name in names}

    async def _send_dead_letters(
        self, records: Sequence[RawRecord], parsed: Sequence["_Entry | InvalidRecord"]
    ) -> None:
        now = datetime.now(UTC)
        letters = [
            dead_letter(record, "aggregate", entry, now)
            for record, entry in zip(records, parsed, strict=True)
            if isinstance(entry, InvalidRecord)
        ]
        if letters:
            await self._producer.send_all(letters)


class _Assignment:
    """What is known from one `begin` to the next: how far each partition, and source, is counted.

    A record is judged by that of its own assignment alone: in the next one its partition may begin
    before it, and what lies between would never be counted.
    """

    def __init__(self, positions: Mapping[int, int]) -> None:
        self.positions = dict(positions)
        self.sources: dict[str, _Source] = {}


class _QueuedRecord(NamedTuple):
    record: RawRecord
    acknowledge: Callable[[], object]
    release: Callable[[], object]
    assignment: _Assignment


class _Source:
    """A source partition: its clock, and the last offset counted."""

    def __init__(self, progress: SourceProgress, stale_after: int) -> None:
        self.clock = SourceClock(progress.watermark, progress.begin, stale_after)
        self.offset = progress.offset

    @property
    def progress(self) -> SourceProgress:
        return SourceProgress(self.clock.watermark, self.offset, self.clock.begin)


class _Entry(NamedTuple):
    """A scored document, or a heartbeat's watermark, at which its source may begin or end.

    `partition` and `offset` are those of its scored record.
    """

    source: str
    partition: int
    offset: int
    document: ScoredDocument | None
    keys: Sequence[str] = ()
    is_heard: bool = True
    watermark: int = 0
    is_begin: bool = False
    ended: int | None = None


def _offset_ranges(
    records: Sequence[RawRecord], positions: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    ranges: dict[int, tuple[int, int]] = {}
    for record in records:
        at = positions[record.partition]
        begin, end = ranges.get(record.partition, (at, at))
        if record.offset > end:
            _warn_skipped(record, record.offset - end)
        # What is read once more was counted, and begins where it was counted up to.
        ranges[record.partition] = (begin, max(end, record.offset + 1))
    return ranges


class _Placed(Struct):
    """The documents of some entries where they count: updates by window key, from `sources`.

    made_by_sender: those of the keys that only senders know.
    earliest: the first second of them. stale: how many are in no window, by Kafka topic.
    """

    updates: defaultdict[str, list[Update]]
    made_by_sender: set[str]
    sources: set[str]
    stale: Counter[str]
    earliest: int | None = None


def _placed(entries: Sequence[_Entry], sources: Mapping[str, _Source]) -> _Placed:
    placed = _Placed(defaultdict(list), set(), set(), Counter())
    for entry in entries:
        source, document = sources[entry.source], entry.document
        if document is None:
            _beat(entry, source.clock)
        elif document.origin.offset > source.offset:
            source.offset = document.origin.offset
            time = place_of(document, source.clock)
            if time is None:
                placed.stale[document.origin.topic] += 1
            else:
                _add(placed, entry, document, time // SECOND)
    return placed


def _add(placed: _Placed, entry: _Entry, document: ScoredDocument, second: int) -> None:
    placed.earliest = second if placed.earliest is None else min(placed.earliest, second)
    placed.sources.add(entry.source)
    placed.made_by_sender |= made_by_sender(document).intersection(entry.keys)
    place = entry.partition, entry.offset
    for key, update in updates_of(document, entry.keys, place, second, is_heard=entry.is_heard):
        placed.updates[key].append(update)


def _pieces(
    parsed: Sequence["_Entry | InvalidRecord"], shard_of: Callable[[str], int]
) -> Iterator[slice]:
    """Cut a batch so that no piece adds more than `MAX_SHARD_UPDATES` to any shard.

    A single document may: how many keys one has is bounded elsewhere.
    """
    start, load = 0, Counter[int]()
    for place, entry in enumerate(parsed):
        if isinstance(entry, InvalidRecord) or entry.document is None:
            continue
        added = Counter(map(shard_of, entry.keys))
        if any(load[shard] + count > MAX_SHARD_UPDATES for shard, count in added.items()):
            if place > start:
                yield slice(start, place)
            start, load = place, Counter()
        load += added
    yield slice(start, len(parsed))


def _beat(heartbeat: _Entry, clock: SourceClock) -> None:
    (clock.begin_at if heartbeat.is_begin else clock.advance)(heartbeat.watermark)


def _warn_skipped(record: RawRecord, count: int) -> None:
    place = {"partition": record.source_partition, "offset": record.offset}
    log.warning(
        "Kafka skipped records of the scored Kafka topic: windows stay without them",
        extra={"fields": place | {"records": count}},
    )


def _parse(record: RawRecord, rules: CountingRules) -> "_Entry | InvalidRecord":
    watermark = heartbeat.watermark(record.value, record.headers)
    if watermark is not None:
        source = (record.key or b"").decode("utf-8", "replace")
        is_begin, ended = heartbeat.is_begin(record.headers), heartbeat.ended(record.headers)
        return _Entry(
            source,
            record.partition,
            record.offset,
            document=None,
            watermark=watermark,
            is_begin=is_begin,
            ended=ended,
        )
    if record.value is None:
        return InvalidRecord("a record needs a value; this one is a tombstone")
    try:
        record.check_readable()
        document = decode(record.value, ScoredDocument)
    except InvalidRecord as error:
        return error
    source = f"{document.origin.topic}/{document.origin.partition}"
    keys, is_heard = keys_of(document, rules.kinds), rules.weights.is_heard(document)
    return _Entry(source, record.partition, record.offset, document, keys, is_heard)
