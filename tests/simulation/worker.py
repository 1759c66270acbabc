"""A worker of the simulation: the real agents, wired as `stream.worker` wires them under Faust."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, cast

import redis
from faust.types import TP

from bundle.classifier import Classifier
from stream import heartbeat
from stream.counting.detection import Detection
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_keys import RedisKeys, namespace_prefix
from stream.counting.sources import Sources
from stream.counting.start_offsets import StartOffsets
from stream.counting.store import Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.decoders import Formats
from stream.inputs import Inputs
from stream.records import RawRecord
from stream.scoring.duplicates import Duplicates
from stream.scoring.pipeline import ScoringPipeline
from stream.settings import Settings
from stream.sinks.kafka import KafkaSink
from stream.watchlist.watchlist import Watchlist
from tests.simulation.broker import Broker, Partition, is_marker
from tests.simulation.documents import WATCHLIST, Constant
from tests.simulation.process import Process, SimulatedProducer, SimulatedRedis
from tests.simulation.verdict import nervous_budget

Put = Callable[[RawRecord, Callable[[], object]], Awaitable[None]]

_LARGEST_FETCH = 8
_POLL_SECONDS = 0.3
_COMMIT_SECONDS = 1.0
_CLOSE_SECONDS = 1.5
_ANNOUNCE_SECONDS = 10.0


class Bench:
    """What all workers of a schedule have in common."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        server: "redis.Redis",
        rng: Random,
        repeats: float,
    ) -> None:
        self.settings = settings
        self.broker = broker
        self.server = server
        self.rng = rng
        self.repeats = repeats
        self.violations: list[str] = []

    def report(self, violation: str) -> None:
        self.violations.append(violation)

    def sources(self) -> list[str]:
        return [
            f"{topic}/{number}"
            for topic in self.settings.input_topics
            for number in range(self.broker.count(topic))
        ]

    def consumed(self) -> list[Partition]:
        """All partitions that the workers share."""
        topics = (*self.settings.input_topics, self.settings.topics.scored)
        return [Partition(t, number) for t in topics for number in range(self.broker.count(t))]

    @property
    def keys(self) -> RedisKeys:
        return RedisKeys(self.settings.namespace, self.settings.shards)

    def redis(self, process: Process) -> Any:
        return SimulatedRedis(process, self.server, self.rng)

    def store(self, process: Process) -> Store:
        return Store(self.redis(process), self.keys)

    def now(self) -> float:
        """The clock of all workers, in seconds."""
        return asyncio.get_running_loop().time()


class Worker:
    """One process of the stream, from its start until it is killed."""

    def __init__(self, bench: Bench, process: Process) -> None:
        settings, broker = bench.settings, bench.broker
        self.process = process
        self.positions: dict[Partition, int] = {}
        self.partitions: list[TP] = []
        self._scored = broker.count(settings.topics.scored)
        self._bench = bench
        self._settings = settings
        self._broker = broker
        self._held: defaultdict[Partition, deque[int]] = defaultdict(deque)
        self._done: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}
        self._store = bench.store(process)
        self._group = Group(process, broker, self)
        self._start_offsets = SimulatedStartOffsets(
            process, broker, settings, "petrel", self._store
        )
        self._beginning = asyncio.Lock()
        producer = cast(Any, SimulatedProducer(process, broker, bench.rng, bench.repeats))
        connection, keys = bench.redis(process), bench.keys
        near = namespace_prefix(settings.namespace)
        seconds = int(settings.duplicate_hours * 3600)
        self.scoring = ScoringPipeline(
            settings,
            cast(Classifier, Constant()),
            Watchlist(WATCHLIST),
            Duplicates(connection, near, seconds, settings.duplicate_documents),
            producer,
            Formats(),
        )
        self._counter = WindowCounter(self._store, producer, counting_rules(settings))
        windows, sinks = settings.topics.windows, [KafkaSink(producer, settings.topics.alerts)]
        self._sources = Sources(connection, keys)
        self._detection = Detection(
            self._sources,
            self._store,
            AlertJudge(AlertStore(connection, keys), settings.spike, nervous_budget(settings)),
            AlertPublisher(PublishStore(connection, keys), sinks, settings.grouping),
            WindowCloser(
                WindowStore(connection, keys),
                producer,
                windows,
                broker.count(windows),
                settings.hops,
            ),
            self._owned,
        )
        counts = {topic: broker.count(topic) for topic in settings.input_topics}
        self._inputs = Inputs(
            self._sources, self._store, self.scoring, counts, self._scored_partitions, bench.now
        )
        process.run(self._start)

    async def _start(self) -> None:
        settings = self._settings
        await self._inputs.announce()
        self.process.run(self.scoring.run)
        self.process.run(self._counter.run)
        self.process.run(partial(self._feed, settings.input_topics, self._classify))
        self.process.run(partial(self._feed, [settings.topics.scored], self._count))
        self.process.run(partial(self._every, _COMMIT_SECONDS, self._commit))
        self.process.run(partial(self._every, _CLOSE_SECONDS, self._detect))
        self.process.run(partial(self._every, _ANNOUNCE_SECONDS, self._inputs.announce))

    def reads(self, partition: Partition) -> bool:
        """Whether the worker subscribes to the Kafka topic of `partition`."""
        topics = self._settings.topics
        return partition.topic in (*self._settings.input_topics, topics.scored)

    def revoked(self) -> None:
        """All partitions go away; the model goes on with what it has begun with.

        As when that takes longer than Faust waits for it.
        """
        self.scoring.release()
        # What was acknowledged and is not committed yet is forgotten, as Faust forgets it.
        self._held = defaultdict(deque)
        self._done = {}
        self._committed = {}
        self.positions = {}
        self.partitions = []
        self._counter.begin({})

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Read `partitions` from where they are committed, or counted."""
        self._scored = self._broker.count(self._settings.topics.scored)
        # A list: the order of a set is another in each process, and a seed must replay.
        self.partitions = [TP(*partition) for partition in partitions]
        for partition in partitions:
            self._broker.owners[partition] = self
        self.process.run(partial(self._begin_partitions, self.partitions, self.positions))

    async def _begin_partitions(self, assigned: list[TP], positions: dict[Partition, int]) -> None:
        scored = self._settings.topics.scored
        # Faust ends one rebalance before it goes on with the next.
        async with self._beginning:
            offsets = await self._start_offsets.offsets(self._group, assigned)
            await self._inputs.begin(assigned)
            self._counter.begin({p.partition: o for p, o in offsets.items() if p.topic == scored})
            await self.process.io()
            self._seek([Partition(*tp) for tp in assigned], positions)

    def _seek(self, partitions: list[Partition], positions: dict[Partition, int]) -> None:
        # Not to the settled start offsets: Faust asks the group.
        committed = {partition: self._broker.committed[partition] for partition in partitions}
        positions |= committed
        if positions is self.positions:
            self._committed = committed

    def _owned(self) -> list[int]:
        scored = self._settings.topics.scored
        assigned = {one.number for one in self.positions if one.topic == scored}
        partitions = self._scored_partitions()
        return [shard for shard in range(self._settings.shards) if shard % partitions in assigned]

    async def send_heartbeat(self, source: str, until: int) -> None:
        """Say that a source partition, whoever reads it, is complete up to `until`."""
        self.scoring.set_routes(await self._sources.route([source], self._scored_partitions()))
        await self.scoring.send_heartbeats({source: until})

    def _scored_partitions(self) -> int:
        return self._scored

    async def _feed(self, topics: Collection[str], put: Put) -> None:
        while True:
            await self.process.io()
            ready = [p for p in self.positions if p.topic in topics and self._next(p)]
            if not ready:
                await self._sleep(_POLL_SECONDS)
                continue
            partition = self._bench.rng.choice(ready)
            for _ in range(self._bench.rng.randint(1, _LARGEST_FETCH)):
                if record := self._next(partition):
                    self.positions[partition] += 1
                    self._held[partition].append(record.offset)
                    held = self._held[partition]
                    await put(record, partial(self._acknowledge, partition, record, held))

    async def _classify(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        await self.scoring.put(record, acknowledge, _nothing)

    async def _count(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        await self._counter.put(record, acknowledge, _nothing)

    def _next(self, partition: Partition) -> RawRecord | None:
        log = self._broker.logs[partition]
        while (at := self.positions.get(partition, len(log))) < len(log) and is_marker(log[at]):
            self.positions[partition] = at + 1
        return log[at] if at < len(log) else None

    def _acknowledge(self, partition: Partition, record: RawRecord, held: deque[int]) -> None:
        if not self.process.alive:
            return
        if held.popleft() != record.offset:
            self._bench.report(f"{partition} was acknowledged out of order at {record.offset}")
        if not self._is_done(record):
            self._bench.report(f"{partition} {record.offset} was acknowledged before it was done")
        self._broker.acknowledged[partition].add(record.offset)
        self._done[partition] = max(self._done.get(partition, 0), record.offset + 1)

    def _is_done(self, record: RawRecord) -> bool:
        if record.topic == self._settings.topics.scored:
            return True
        watermark = heartbeat.watermark(record.value, record.headers)
        if watermark is not None:
            return (record.source_partition, watermark) in self._broker.produced
        if record.value is None:
            # It asks for a deletion, of which nothing comes.
            return True
        return (record.topic, record.partition, record.offset) in self._broker.produced

    async def _commit(self) -> None:
        await self.process.io()
        self._commit_now()

    def _commit_now(self) -> None:
        for partition, offset in self._done.items():
            if offset <= self._committed.get(partition, -1):
                continue
            self._committed[partition] = offset
            self._broker.commit(partition, self, offset)
            if missing := self._broker.open_before_commit(partition):
                self._bench.report(f"{partition} was committed past {missing}")

    async def _detect(self) -> None:
        await self._counter.check()
        await self._detection.run()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._sleep(seconds)
            await work()

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._bench.rng.uniform(0.2, 1.8))


def _nothing() -> None: ...


class Group:
    """Faust's consumer of one worker, as far as `StartOffsets` asks it."""

    def __init__(self, process: Process, broker: Broker, worker: Worker) -> None:
        self._process = process
        self._broker = broker
        self._worker = worker

    def assignment(self) -> set[TP]:
        return set(self._worker.partitions)

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        await self._process.io()
        return dict.fromkeys(partitions, 0)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        await self._process.io()
        places = {Partition(*tp): offset for tp, offset in offsets.items()}
        if any(self._broker.owners.get(place) is not self._worker for place in places):
            return False
        for place, offset in places.items():
            self._broker.commit(place, self._worker, offset)
        await self._process.io()
        return True

    async def seek_wait(self, _: Mapping[TP, int]) -> None:
        await self._process.io()


class SimulatedStartOffsets(StartOffsets):
    """Asks the simulation's broker what is committed."""

    def __init__(self, process: Process, broker: Broker, *args: Any) -> None:
        super().__init__(*args)
        self._process = process
        self._broker = broker

    async def _committed(self, assigned: Collection[TP]) -> dict[TP, int]:
        await self._process.io()
        return {tp: self._broker.committed[Partition(*tp)] for tp in assigned}
