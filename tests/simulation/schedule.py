"""One schedule: everything that happens in it follows from its seed."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import zip_longest
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import redis

from schemas.times import to_millis
from stream.counting.sources import Sources
from stream.grouping.group_rule import GroupRule
from stream.records import RawRecord
from stream.settings import Settings, load
from stream.windows.spike_rule import SpikeRule
from tests.simulation import verdict
from tests.simulation.broker import Broker, Partition
from tests.simulation.clock import SimulatedLoop, Wall
from tests.simulation.documents import END, START, beat, records
from tests.simulation.process import Process
from tests.simulation.worker import Bench, Worker

_PATIENCE_SECONDS = 600.0

# The input that is added, or taken away.
_EXTRA = "extra.raw.v1"


class Outcome(NamedTuple):
    """What a schedule came to; `digest` is of all that was produced."""

    seed: int
    violations: list[str]
    digest: str
    counts: dict[str, int]

    def __str__(self) -> str:
        return (
            f"seed {self.seed}, {len(self.violations)} violations, {self.violations[:1]}:"
            f" python -m tests.simulation --seed {self.seed}"
        )


# What becomes of the Kafka topics meanwhile: an input has a partition more, and the scored one too;
# an input more that has history; one less.
CHANGES = ("partition added", "scored partitions added", "topic added", "topic removed")
_ADDING = CHANGES[:2]


class Plan:
    """What a schedule is like: how large, how slow, how troubled."""

    def __init__(self, rng: Random) -> None:
        self.workers = rng.randint(1, 3)
        self.topics = rng.randint(1, 2)
        self.input_partitions = rng.randint(1, 2)
        self.scored_partitions = rng.randint(1, 3)
        self.shards = rng.choice((1, 2, 5))
        self.documents = rng.randint(2, 10)
        self.latency = rng.choice((0.001, 0.01, 0.05))
        self.drops = rng.choice((0.0, 0.0, 0.002, 0.01))
        self.repeats = rng.choice((0.0, 0.0, 0.1))
        self.trouble = rng.choice((0.3, 1.0, 3.0))
        self.calm_after = rng.uniform(0.0, 15.0)
        self.batch = rng.choice((1, 3, 256))
        self.keys = rng.choice((1, 2, 64))
        self.markers = rng.choice((0.0, 0.0, 0.3))
        self.change = rng.choice((None, None, None, *CHANGES))


def run(seed: int, server: "redis.Redis") -> Outcome:
    """Run the schedule of `seed` on an empty Redis."""
    server.flushdb()
    rng = Random(seed)
    loop = SimulatedLoop(rng)
    schedule = Schedule(Plan(rng), rng, server)
    try:
        with (
            _small(schedule.plan),
            patch("stream.counting.window_counter._warn_skipped", schedule.skipped),
        ):
            loop.run_until_complete(schedule.run())
    finally:
        loop.close()
    return schedule.outcome(seed)


@contextmanager
def _small(plan: Plan) -> Iterator[None]:
    """Bounds so small that a few documents reach them, and the simulation's clock."""
    bounds: dict[str, Any] = {
        "stream.scoring.pipeline.datetime": Wall,
        "stream.counting.window_counter.datetime": Wall,
        "stream.scoring.pipeline.MAX_BATCH": plan.batch,
        "stream.scoring.pipeline.QUEUE_CAPACITY": 2 * plan.batch,
        "stream.scoring.predictor.MAX_RECENT": 4 * plan.batch,
        "stream.counting.window_counter.MAX_BATCH": plan.batch,
        "stream.counting.window_counter.QUEUE_CAPACITY": 2 * plan.batch,
        "stream.counting.window_closer._MAX_KEYS": plan.keys,
        # An alert that is open goes on by a minute a step when there are more than this.
        "stream.counting.judging.alert_judge._MAX_CHECKS": 8 * plan.keys,
        "stream.counting.judging.alert_judge._MAX_MINUTES": 4 * plan.keys,
        "stream.counting.judging.alert_publisher._MAX_ALERTS": 2 * plan.keys,
        "stream.counting.judging.alert_store._MAX_BYTES": 800 * plan.keys,
        "stream.counting.judging.alert_judge._MAX_UNKNOWN": plan.keys,
        "stream.counting.judging.alert_judge._MAX_CACHED_BYTES": 10_000 * (plan.keys - 1),
    }
    with ExitStack() as stack:
        for name, value in bounds.items():
            stack.enter_context(patch(name, value))
        yield


class Schedule:
    """Workers over one broker and one Redis, and what befalls them."""

    def __init__(self, plan: Plan, rng: Random, server: "redis.Redis") -> None:
        self.plan = plan
        self._rng = rng
        settings = _settings(plan)
        self._later = settings
        topics = settings.topics
        extra = topics.named(_EXTRA)
        if plan.change == "topic added":
            self._later = _with_extra(settings)
        elif plan.change == "topic removed":
            settings = _with_extra(settings)
        partitions = dict.fromkeys((*settings.input_topics, extra), plan.input_partitions)
        partitions |= {topics.scored: plan.scored_partitions, topics.windows: 2, topics.alerts: 2}
        self.bench = Bench(settings, Broker(partitions), server, rng, plan.repeats)
        self.workers: list[Worker] = []
        self._members: list[Worker] = []
        self._started: list[Worker] = []
        self._calm = False

    async def run(self) -> None:
        """Until everything is closed, or for longer than that can take."""
        self.workers = [self._start() for _ in range(self.plan.workers)]
        supervising = asyncio.ensure_future(self._supervise())
        sending = asyncio.ensure_future(self._send())
        changing = asyncio.ensure_future(self._change())
        await self._trouble()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await sending
                await changing
                self._end()
                await self._settled()
        except TimeoutError:
            self.bench.report(f"not all was closed after {_PATIENCE_SECONDS:.0f} s")
        supervising.cancel()
        for worker in self._started:
            worker.process.kill()
            await worker.process.ended()

    def skipped(self, record: RawRecord, count: int) -> None:
        """Told that Kafka skipped records, which this broker never does."""
        self.bench.report(
            f"{count} records before {record.source_partition} {record.offset} were skipped"
        )

    def outcome(self, seed: int) -> Outcome:
        broker, settings = self.bench.broker, self.bench.settings
        violations = [*self.bench.violations, *verdict.wrong(settings, broker)]
        counts = verdict.counts(settings, broker)
        counts["processes killed or failed"] = len(self._started) - self.plan.workers
        return Outcome(seed, violations, broker.digest(), counts)

    def _start(self) -> Worker:
        plan = self.plan
        drops = 0.0 if self._calm else plan.drops
        process = Process(self._rng, plan.latency, drops, self.bench.report)
        worker = Worker(self.bench, process)
        self._started.append(worker)
        return worker

    async def _send(self) -> None:
        plan, broker = self.plan, self.bench.broker
        topics = {*self.bench.settings.input_topics, *self._later.input_topics}
        places = [(topic, n) for topic in sorted(topics) for n in range(plan.input_partitions)]
        if plan.change in _ADDING:
            places.append((self._later.input_topics[0], plan.input_partitions))
        streams = [records(self._rng, *place, plan.documents) for place in places]
        for row in zip_longest(*streams):
            for record in filter(None, row):
                broker.append(record)
                if self._rng.random() < plan.markers:
                    broker.append_marker(broker.place(record))
            await asyncio.sleep(self._rng.expovariate(1 / 0.3))

    async def _change(self) -> None:
        """Change the inputs; workers with other settings replace those that there are."""
        await asyncio.sleep(self._rng.uniform(0.0, 8.0))
        if self.plan.change in _ADDING:
            partitions = self.bench.broker.partitions
            partitions[self._later.input_topics[0]] += 1
            if self.plan.change == "scored partitions added":
                partitions[self.bench.settings.topics.scored] += 2
            self._rebalance()
        elif self.plan.change:
            self.bench.settings = self._later
            for worker in list(self.workers):
                worker.process.kill()
                await asyncio.sleep(self._rng.expovariate(1 / 0.5))

    def _end(self) -> None:
        """End all partitions."""
        broker = self.bench.broker
        for topic in self.bench.settings.input_topics:
            for number in range(broker.count(topic)):
                broker.append(beat(topic, number, END))
                if self.plan.markers:
                    broker.append_marker(Partition(topic, number))

    async def _supervise(self) -> None:
        """Start dead workers again; share the partitions anew when the group has changed."""
        while True:
            self.workers = [w if w.process.alive else self._start() for w in self.workers]
            if self._members != [w for w in self.workers if not w.process.paused]:
                self._rebalance()
            await asyncio.sleep(self._rng.uniform(0.2, 2.0))

    def _rebalance(self) -> None:
        # A stopped worker hears nothing of it: it stays what it was, and its commits are refused.
        self._members = [worker for worker in self.workers if not worker.process.paused]
        for worker in self._members:
            worker.revoked()
        shares: dict[int, list[Any]] = {number: [] for number in range(len(self._members))}
        for partition in self.bench.consumed():
            readers = [n for n in shares if self._members[n].reads(partition)]
            if readers:
                shares[self._rng.choice(readers)].append(partition)
        for number, share in shares.items():
            self._members[number].assigned(share)

    async def _trouble(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < self.plan.calm_after:
            worker = self._rng.choice(self.workers)
            process = worker.process
            happen = self._rng.choice(
                (
                    process.kill,
                    process.pause,
                    process.resume,
                    self._rebalance,
                    self._rebalance,
                    self._send_false_heartbeat,
                )
            )
            if process.alive:
                happen()
            await asyncio.sleep(self._rng.expovariate(1 / self.plan.trouble))
        self._calm = True
        for worker in self._started:
            worker.process.resume()
            worker.process.calm()

    def _send_false_heartbeat(self) -> None:
        """A worker takes a partition for quiet that is not."""
        worker = self._rng.choice(self.workers)
        source = self._rng.choice(list(self.bench.sources()))
        until = to_millis(START) + 1000 * self._rng.randrange(0, 1200)
        worker.process.run(partial(worker.send_heartbeat, source, until))

    async def _settled(self) -> None:
        quiet = Process(self._rng, 1e-6, 0.0, self.bench.report)
        store, broker, end = self.bench.store(quiet), self.bench.broker, to_millis(END)
        sources = Sources(self.bench.redis(quiet), self.bench.keys)
        while (  # noqa: ASYNC110 - no event tells
            any(broker.committed[one] < broker.end(one) for one in self.bench.consumed())
            or await sources.horizon() < end
            or await store.pending(end)
        ):
            await asyncio.sleep(1.0)


def _with_extra(settings: Settings) -> Settings:
    return settings.model_copy(update={"inputs": (*settings.inputs, _EXTRA)})


def _settings(plan: Plan) -> Settings:
    return load(
        # Its heartbeats on inputs are believed.
        namespace="replay-simulation",
        inputs=("news.raw.v1", "social.raw.v1")[: plan.topics],
        shards=plan.shards,
        kinds=("entity", "topic", "source", "all"),
        alarms_per_day=100,
        spike=SpikeRule(
            smallest=2,
            history=0,
            calm=3,
            cool_down=2,
            critical=20,
        ),
        # Both companies.
        grouping=GroupRule(size=2),
    )
