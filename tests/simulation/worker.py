"""A worker of the simulation: the real agents, wired as `stream.worker` wires them under Faust."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from random import Random
from typing import Any, cast

import redis

from bundle.classifier import Classifier
from stream import heartbeat
from stream.aggregate import Aggregate
from stream.classify import Classify
from stream.detect import Detect
from stream.duplicates import Duplicates
from stream.intake import RawRecord
from stream.position import start
from stream.settings import Settings
from stream.store import Store, namespace_prefix
from stream.watchlist import Watchlist
from tests.simulation.broker import Broker, Partition
from tests.simulation.documents import WATCHLIST, Constant
from tests.simulation.process import Process, SimulatedProducer, SimulatedRedis

Put = Callable[[RawRecord, Callable[[], object]], Awaitable[None]]

_LARGEST_FETCH = 8
_POLL_SECONDS = 0.3
_COMMIT_SECONDS = 1.0
_CLOSE_SECONDS = 1.5


class Bench:
    """What all workers of a schedule have in common."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        server: "redis.Redis",
        chance: Random,
        repeats: float,
    ) -> None:
        self.settings = settings
        self.broker = broker
        self.server = server
        self.chance = chance
        self.repeats = repeats
        self.violations: list[str] = []

    def report(self, violation: str) -> None:
        self.violations.append(violation)

    @property
    def shards(self) -> int:
        return self.broker.count(self.settings.topics.scored)

    def sources(self) -> Iterable[str]:
        for topic in self.settings.input_topics:
            yield from (f"{topic}/{number}" for number in range(self.broker.count(topic)))

    def consumed(self) -> list[Partition]:
        """All partitions that the workers share."""
        topics = (*self.settings.input_topics, self.settings.topics.scored)
        return [Partition(t, number) for t in topics for number in range(self.broker.count(t))]

    def store(self, process: Process) -> Store:
        connection = SimulatedRedis(process, self.server, self.chance)
        return Store(cast(Any, connection), self.settings.namespace, self.shards)


class Worker:
    """One process of the stream, from its start until it is killed."""

    def __init__(self, bench: Bench, process: Process) -> None:
        settings, broker = bench.settings, bench.broker
        self.process = process
        self.positions: dict[Partition, int] = {}
        self.closing = False
        self._bench = bench
        self._broker = broker
        self._held: defaultdict[Partition, deque[int]] = defaultdict(deque)
        self._done: dict[Partition, int] = {}
        self._store = bench.store(process)
        producer = cast(Any, SimulatedProducer(process, broker, bench.chance, bench.repeats))
        connection = cast(Any, SimulatedRedis(process, bench.server, bench.chance))
        near = f"{namespace_prefix(settings.namespace)}:near"
        self.classify = Classify(
            settings,
            cast(Classifier, Constant()),
            Watchlist(WATCHLIST),
            Duplicates(connection, near, settings.duplicate_hours * 3600),
            producer,
            bench.shards,
        )
        lateness, grace = int(settings.lateness * 1000), int(settings.grace * 1000)
        self._aggregate = Aggregate(self._store, producer, lateness, grace)
        windows = broker.count(settings.topics.windows)
        self._detect = Detect(self._store, producer, settings, windows, self._owned)
        process.run(self._start)

    async def _start(self) -> None:
        settings = self._bench.settings
        await self._store.expect(self._bench.sources())
        self.process.run(self.classify.run)
        self.process.run(self._aggregate.run)
        self.process.run(partial(self._feed, settings.input_topics, self.classify.put))
        self.process.run(partial(self._feed, [settings.topics.scored], self._aggregate.put))
        self.process.run(partial(self._every, _COMMIT_SECONDS, self._commit))
        self.process.run(partial(self._every, _CLOSE_SECONDS, self._close_due))

    def revoked(self) -> None:
        """All partitions go away; what is in the pipelines stays there."""
        self._commit_now()
        self.positions = {}
        self._aggregate.begin({})

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Read `partitions` from where they are committed, or counted."""
        for partition in partitions:
            self._broker.owners[partition] = self
            self._done.pop(partition, None)
        self.process.run(partial(self._take_over, partitions, self.positions))

    async def _take_over(
        self, partitions: Sequence[Partition], positions: dict[Partition, int]
    ) -> None:
        markers = await self._store.counted()
        if positions is not self.positions:
            return
        offsets = {one: self._broker.committed[one] for one in partitions}
        scored = self._bench.settings.topics.scored
        counted = {one.number: offset for one, offset in offsets.items() if one.topic == scored}
        begins = {n: start(markers.get(n), offset, 0).offset for n, offset in counted.items()}
        moves = {
            n: (markers.get(n), offset)
            for n, offset in begins.items()
            if markers.get(n, -1) < offset
        }
        if moves:
            await self._store.begin(moves, self._bench.sources())
        if positions is not self.positions:
            return
        self._aggregate.begin(begins)
        positions |= offsets | {Partition(scored, n): offset for n, offset in begins.items()}

    def _owned(self) -> list[int]:
        scored = self._bench.settings.topics.scored
        return [partition.number for partition in self.positions if partition.topic == scored]

    async def _feed(self, topics: Collection[str], put: Put) -> None:
        while True:
            await self.process.io()
            ready = [p for p in self.positions if p.topic in topics and self._next(p)]
            if not ready:
                await self._sleep(_POLL_SECONDS)
                continue
            partition = self._bench.chance.choice(ready)
            for _ in range(self._bench.chance.randint(1, _LARGEST_FETCH)):
                if record := self._next(partition):
                    self.positions[partition] += 1
                    self._held[partition].append(record.offset)
                    await put(record, partial(self._acknowledge, partition, record))

    def _next(self, partition: Partition) -> RawRecord | None:
        position, log = self.positions.get(partition), self._broker.logs[partition]
        return log[position] if position is not None and position < len(log) else None

    def _acknowledge(self, partition: Partition, record: RawRecord) -> None:
        if not self.process.alive:
            return
        if self._held[partition].popleft() != record.offset:
            self._bench.report(f"{partition} was acknowledged out of order at {record.offset}")
        if not self._is_done(record):
            self._bench.report(f"{partition} {record.offset} was acknowledged before it was done")
        self._broker.acknowledged[partition].add(record.offset)
        self._done[partition] = max(self._done.get(partition, 0), record.offset + 1)

    def _is_done(self, record: RawRecord) -> bool:
        if record.topic == self._bench.settings.topics.scored:
            return True
        watermark = heartbeat.watermark(record.value, record.headers)
        if watermark is not None:
            return (record.where, watermark) in self._broker.produced
        return (record.topic, record.partition, record.offset) in self._broker.produced

    async def _commit(self) -> None:
        await self.process.io()
        self._commit_now()

    def _commit_now(self) -> None:
        for partition, offset in self._done.items():
            self._broker.commit(partition, self, offset)
            if missing := self._broker.open_before_commit(partition):
                self._bench.report(f"{partition} was committed past {missing}")

    async def _close_due(self) -> None:
        self.closing = True
        await self._aggregate.check()
        await self._detect.close_due()
        self.closing = False

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._sleep(seconds)
            await work()

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._bench.chance.uniform(0.2, 1.8))
