"""One fault run: documents in, a fault at a seeded moment, and the verdict when all is through."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

import redis
from aiokafka.structs import TopicPartition

from schemas.times import to_millis
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.kafka import Admin, Producer, consumer, end_offsets, ensure_topics
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from tests.faults.causes.cluster import leader
from tests.faults.causes.hindrances import bound_batches
from tests.faults.causes.inputs import PARTITIONS, Arrange, Sent, placed
from tests.faults.causes.network import Lossy, lossy, reroute
from tests.faults.causes.partitions import raise_partitions
from tests.faults.causes.points import Point, arm
from tests.faults.crew import Crew, NotDrainedError
from tests.faults.documents import WATCHLIST, Made, documents, read
from tests.faults.servers import RedisKind, Servers
from tests.faults.verdict import ALL, Verdict, judge
from tests.faults.worker import Preparation
from tests.simulation.documents import END, beat

LOGS = Path(__file__).parents[2] / "build" / "faults"

# In so many parts documents are sent.
PARTS = 30
_PAUSE_SECONDS = 0.1

# Records in a batch: of so many documents no run fills one as large as the product makes it.
_BATCHES = (2, 7, 40, 256)
_BATCH_TOKENS = (64, 200, 4096)
_POLL_SECONDS = 0.2

# Far longer than a run takes: what is not through by then never will be.
_PATIENCE_SECONDS = 150.0
_SECONDS_A_DOCUMENT = 0.02

Result = TypeVar("Result")


class Fault(NamedTuple):
    """What goes wrong.

    strike: makes it happen, between two parts of the documents; moments: between which of them,
    as shares of all. step, latest_pass: a failure point, and the latest pass at which it kills.
    ends: the statuses that workers may end with.
    brokers: of how many nodes Kafka is made. slow: whether it takes minutes.
    arrange: what senders make of the documents. settings: those that are not as in other runs.
    preparation: what each worker goes through first. lossy: whether its way to Kafka is.
    redis: what Redis is, one server or more.
    """

    name: str
    strike: "Callable[[Bench], None] | None" = None
    moments: tuple[float, float] = (0.2, 0.7)
    step: str = ""
    latest_pass: int = 1
    workers: int = 2
    ends: frozenset[int] = frozenset()
    brokers: int = 1
    slow: bool = False
    arrange: Arrange | None = None
    settings: Mapping[str, object] = {}
    preparation: Preparation | None = None
    lossy: bool = False
    redis: RedisKind = "server"


class Material(NamedTuple):
    """What streams: a model, the names it watches for, and documents.

    watchlist, documents: files; without, what `tests.faults.documents` makes up.
    """

    bundle: Path
    watchlist: Path | None = None
    documents: Path | None = None


class Outcome(NamedTuple):
    """What a run came to; `notes` say what else went wrong, `ends` how workers ended unasked."""

    fault: str
    seed: int
    verdict: Verdict
    ends: list[int]
    notes: list[str]

    @property
    def good(self) -> bool:
        """Whether all is as if there had been no fault."""
        verdict = self.verdict
        wrong = verdict.wrong_windows or verdict.wrong_alerts or self.notes
        return verdict.name == ALL and not wrong


class StuckError(RuntimeError):
    """Something that must happen did not, for as long as anybody waits."""


class Bench:
    """A run under way, as a fault sees it."""

    def __init__(
        self,
        settings: Settings,
        servers: Servers,
        crew: Crew,
        rng: Random,
        records: Sequence[Sent],
    ) -> None:
        self.settings = settings
        self.servers = servers
        self.crew = crew
        self.rng = rng
        self._records = records
        self._fed = 0
        self._part = len(records) // PARTS
        self._patience = _PATIENCE_SECONDS + len(records) * _SECONDS_A_DOCUMENT
        self._loop = asyncio.Runner()
        self._topics = self._await(ensure_topics(settings))
        self._partitions = PARTITIONS

    def __enter__(self) -> "Bench":
        async def run() -> Producer:
            return await Producer(self.settings).__aenter__()

        self._producer = self._await(run())
        return self

    def __exit__(self, *_: object) -> None:
        self._await(self._producer.__aexit__())
        self._loop.close()

    @property
    def consumed(self) -> list[TopicPartition]:
        """All partitions that the workers share."""
        names = (*self.settings.input_topics, self.settings.topics.scored)
        return [TopicPartition(n, number) for n in names for number in range(self._partitions)]

    @property
    def group(self) -> str:
        """The consumer group of the workers."""
        return self.settings.topics.named(self.settings.group)

    def feed(self, parts: int) -> None:
        """Send the next `parts` parts of the documents, with a little time after each."""
        for _ in range(parts):
            part = self._records[self._fed : self._fed + self._part]
            self._send(list(map(self._outgoing, part)))
            self._fed += len(part)
            self.crew.keep()
            time.sleep(_PAUSE_SECONDS)

    def end(self) -> None:
        """Send the rest, and say that there is no more."""
        while self._fed < len(self._records):
            self.feed(1)
        numbers = range(self._partitions)
        self._send([beat(t, number, END) for t in self.settings.input_topics for number in numbers])

    def raise_partitions(self, count: int) -> None:
        """Give each input, and the scored Kafka topic, `count` partitions, and use them all."""
        self._await(raise_partitions(self.settings, {one.topic for one in self.consumed}, count))
        self._partitions = count

    def wait_begun(self) -> None:
        """Wait until workers have counted something."""
        self.until(lambda: self._of_store(self._has_counted), "anything is counted")

    def wait_read(self) -> None:
        """Wait until workers have committed all that there is to read."""
        self.until(self._has_read, "all is read and committed")

    def wait_closed(self) -> None:
        """Wait until all is read, and every window closed and every alert sent."""
        self.wait_read()
        self.until(lambda: self._of_store(self._has_closed), "all windows are closed")

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait until `done()` is true; raises `StuckError`, which says `what` did not happen."""
        deadline = time.monotonic() + self._patience
        while not done():
            if time.monotonic() > deadline:
                raise StuckError(f"not within {self._patience:g} s: {what}")
            self.crew.keep()
            time.sleep(_POLL_SECONDS)

    def sleep(self, seconds: float) -> None:
        """Let time go by, with workers that end started again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.crew.keep()
            time.sleep(_POLL_SECONDS)

    def leader(self) -> int:
        """The number of a Kafka node that leads one of the partitions that the workers share."""
        return self._await(leader(self.settings, self.rng.choice(self.consumed)))

    def rewind(self) -> None:
        """Make the group, which must have no worker now, begin at the first records again."""

        async def run() -> None:
            async with consumer(self.settings, group_id=self.group) as reader:
                reader.assign(self.consumed)
                await reader.commit(dict.fromkeys(self.consumed, 0))

        self._await(run())

    def flush(self) -> None:
        """Empty Redis."""
        with redis.Redis.from_url(self.settings.redis_url.get_secret_value()) as client:
            client.flushall()

    def judge(self) -> Verdict:
        """Count what came of it."""
        return self._await(judge(self.settings))

    def clean_up(self) -> None:
        """Delete what the run has put into Kafka."""

        async def run() -> None:
            async with Admin(self.settings) as admin:
                await admin.delete(list(self._topics))

        self._await(run())

    def _outgoing(self, sent: Sent) -> Outgoing:
        topic, partition = self.settings.input_topics[sent.topic], sent.partition
        if self._partitions > PARTITIONS:
            partition = self.rng.randrange(self._partitions)
        return Outgoing(topic, b"k", sent.value, partition, timestamp=sent.timestamp)

    def _send(self, records: list[Outgoing]) -> None:
        self._await(self._producer.send_all(records))

    def _has_read(self) -> bool:
        async def run() -> bool:
            async with Admin(self.settings) as admin:
                committed = await admin.committed(self.group, self.consumed)
            topics = {one.topic for one in self.consumed}
            async with consumer(self.settings, *topics) as reader:
                ends = await end_offsets(reader)
            return all(committed.get(one, 0) == end for one, end in ends.items())

        return self._await(run())

    def _of_store(self, ask: Callable[[Store, Sources], Awaitable[bool]]) -> bool:
        async def run() -> bool:
            keys = RedisKeys(self.settings.namespace, self.settings.shards)
            async with connect(self.settings) as client:
                return await ask(Store(client, keys), Sources(client, keys))

        return self._await(run())

    async def _has_counted(self, store: Store, _: Sources) -> bool:
        return sum((await store.counted()).values()) > 0

    async def _has_closed(self, store: Store, sources: Sources) -> bool:
        until = to_millis(END)
        return await sources.horizon() >= until and not await store.pending(until)

    def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._loop.run(work)


def run(fault: Fault, seed: int, servers: Servers, material: Material) -> Outcome:
    """Run `fault` with `seed`; the log of its workers, and what differs, are in `LOGS`."""
    rng = Random(f"{fault.name} {seed}")
    notes: list[str] = []
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{fault.name}-{seed}.log"
    log.unlink(missing_ok=True)
    point = _point(fault, rng, log.with_suffix(".token"))
    settings = _settings(servers, material, fault, rng)
    records = placed(list(_documents(material, rng)))
    records = fault.arrange(records, rng) if fault.arrange else records
    with ExitStack() as stack:
        way = stack.enter_context(lossy(servers.kafka_port, rng)) if fault.lossy else None
        preparations = list(_preparations(fault, rng, point, servers, way))
        crew = stack.enter_context(Crew(environment(settings), log, preparations))
        bench = stack.enter_context(Bench(settings, servers, crew, rng, records))
        try:
            _under(fault, bench)
        except (StuckError, NotDrainedError) as error:
            notes.append(str(error))
        verdict = bench.judge()
        bench.clean_up()
    log.with_suffix(".differences").write_text("\n".join(verdict.differences))
    notes += _notes(fault, verdict, crew, point, way)
    # Of a tombstone nothing is to come.
    documents = sum(record.value is not None for record in records)
    if verdict.sent != documents:
        notes.append(f"the bench must send {documents} records; Kafka holds {verdict.sent}")
    return Outcome(fault.name, seed, verdict, crew.ends, notes)


def _under(fault: Fault, bench: Bench) -> None:
    for _ in range(fault.workers):
        bench.crew.start()
    bench.feed(1)
    bench.wait_begun()
    bench.feed(int(bench.rng.uniform(*fault.moments) * PARTS) - 1)
    if fault.strike:
        fault.strike(bench)
    bench.end()
    bench.wait_closed()
    for _ in range(len(bench.crew)):
        bench.crew.stop()


def _point(fault: Fault, rng: Random, token: Path) -> Point | None:
    if not fault.step:
        return None
    token.touch()
    return Point(fault.step, rng.randint(1, fault.latest_pass), token)


def _preparations(
    fault: Fault, rng: Random, point: Point | None, servers: Servers, way: Lossy | None
) -> Iterator[Preparation]:
    yield partial(bound_batches, rng.choice(_BATCHES))
    if fault.preparation:
        yield fault.preparation
    if point:
        yield partial(arm, point)
    if way:
        yield partial(reroute, servers.kafka_port, way.through)


def _notes(
    fault: Fault, verdict: Verdict, crew: Crew, point: Point | None, way: Lossy | None
) -> list[str]:
    """What a run would prove nothing without."""
    notes = []
    if point and point.token.exists():
        notes.append(f"no worker came to `{point.step}` {point.nth} times")
    if way and not (way.lost and way.cut):
        notes.append(f"the network lost {way.lost} packets and cut off {way.cut} connections")
    if not verdict.windows or not verdict.alerts:
        notes.append("there is no window, or no alert, to compare")
    if unforeseen := set(crew.ends) - fault.ends:
        notes.append(f"workers ended with {unforeseen}, which this fault is no reason for")
    return notes


def _documents(material: Material, rng: Random) -> Iterator[Made]:
    return read(material.documents) if material.documents else documents(rng.randrange(2**32))


def _settings(servers: Servers, material: Material, fault: Fault, rng: Random) -> Settings:
    made_up = LOGS / "watchlist.yaml"
    made_up.write_text(WATCHLIST)
    common = {
        "kafka_bootstrap": servers.kafka_address,
        "redis_url": servers.redis_url,
        # The bench gives the times.
        "namespace": f"replay-{fault.name}-{uuid.uuid4().hex[:8]}",
        "model": material.bundle,
        "watchlist": material.watchlist or made_up,
        "partitions": PARTITIONS,
        "threads": 1,
        "replication": servers.replication,
        "batch_tokens": rng.choice(_BATCH_TOKENS),
        "log_format": "text",
    }
    return load(**common | dict(fault.settings))
