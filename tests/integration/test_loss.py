"""Redis that loses what it held: noticed, and windows and alerts come out as if it had not."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import redis
from msgspec.structs import replace

from petrel.embedded import HOST, answers_ping, free_port, redis_binary, server
from schemas import Origin, ScoredDocument, Sentiment, SentimentWindow, decode, encode
from schemas.scored import Entity
from stream import heartbeat
from stream.counting.detection import Detection
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.counting.window_closer import WindowCloser
from stream.counting.window_counter import WindowCounter, counting_rules
from stream.counting.window_store import WindowStore
from stream.kafka import Producer, ensure_topics, read_to_end
from stream.progress.routes import scored_partition
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.sinks.kafka import KafkaSink
from stream.supervisor import Supervisor
from stream.windows.alarm_budget import AlarmBudget
from tests import oracle
from tests.faults.verdict import records
from tests.records import SCORED

START = datetime(2026, 3, 17, tzinfo=UTC)
END = START + timedelta(days=3)
PARTITIONS = 3
COUNT = 1500

BURSTS = (range(500, 530), range(1100, 1130))


@pytest.fixture
def settings(kafka: str, worker: dict[str, object]) -> Settings:
    # The bench gives the times, as a replay does.
    own = {**worker, "namespace": f"replay-{worker['namespace']}"}
    return load(**own, kafka_bootstrap=kafka, partitions=PARTITIONS)


def scored(settings: Settings, number: int) -> ScoredDocument:
    """One a minute, every tenth of them negative; in a burst ten a minute, all of them."""
    burst = any(number in span for span in BURSTS)
    quick = sum(len(range(span.start, min(number, span.stop))) for span in BURSTS)
    moment = START + timedelta(minutes=number - quick, seconds=6 * quick)
    negative = 0.9 if burst or number % 10 == 0 else 0.1
    return replace(
        SCORED,
        id=f"d{number}",
        text=f"Acme {number}",
        sentiment=Sentiment("negative" if negative > 0.5 else "neutral", negative, 1 - negative, 0),
        entities=[Entity("acme" if number % 2 else "bolt", "Acme", "ORG", "watchlist")],
        origin=Origin(settings.input_topics[0], number % PARTITIONS, number // PARTITIONS),
        published_at=moment,
        arrived_at=moment,
    )


async def feed(settings: Settings, numbers: Sequence[int]) -> None:
    """Scored documents as workers would have produced them; the last ones end the stream."""
    topic = settings.topics.scored
    async with Producer(settings) as producer:
        documents = (scored(settings, number) for number in numbers)
        await producer.send_all(
            Outgoing(topic, one.id.encode(), encode(one), place(source(one))) for one in documents
        )
        if numbers[-1] == COUNT - 1:
            ending = heartbeat.headers(int(END.timestamp() * 1000))
            await producer.send_all(
                Outgoing(topic, name.encode(), None, place(name), ending)
                for name in sources(settings)
            )


def source(document: ScoredDocument) -> str:
    return f"{document.origin.topic}/{document.origin.partition}"


def sources(settings: Settings) -> list[str]:
    return [f"{settings.input_topics[0]}/{number}" for number in range(PARTITIONS)]


def place(name: str) -> int:
    return scored_partition(name, PARTITIONS)


async def until_counted(settings: Settings, workers: Supervisor, count: int) -> None:
    async with connect(settings) as client:
        store = Store(client, RedisKeys(settings.namespace, settings.shards))
        while sum((await store.counted()).values()) < count:
            workers.check()
            await asyncio.sleep(0.1)
    # Committed, too: what Redis loses then is behind what Kafka believes to be done.
    await asyncio.sleep(2.0)


async def until_settled(settings: Settings, workers: Supervisor) -> None:
    end = int(END.timestamp() * 1000)
    async with connect(settings) as client:
        keys = RedisKeys(settings.namespace, settings.shards)
        waiting, store = Sources(client, keys), Store(client, keys)
        while await waiting.horizon() < end or await store.pending(end):
            workers.check()
            await asyncio.sleep(0.1)


class Sink:
    """Takes what would go to Kafka."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def send_all(self, records: Iterator[Outgoing]) -> None:
        self.records += records


async def undisturbed(settings: Settings) -> set[bytes]:
    """The alerts of the same scored records, counted from first to last in one go."""
    async with connect(settings) as client:
        keys, topics = (
            RedisKeys(f"{settings.namespace}-undisturbed", settings.shards),
            settings.topics,
        )
        store, sink = Store(client, keys), Sink()
        await store.begin(dict.fromkeys(range(PARTITIONS), 0))
        producer = cast(Producer, sink)
        aggregate = WindowCounter(store, producer, counting_rules(settings))
        aggregate.begin(dict.fromkeys(range(PARTITIONS), 0))
        await aggregate.apply(await records(settings, topics.scored))
        waiting = Sources(client, keys)
        await waiting.announce(sources(settings), now=0)
        sinks = [KafkaSink(producer, topics.alerts)]
        detection = Detection(
            waiting,
            store,
            AlertJudge(
                AlertStore(client, keys),
                settings.spike,
                AlarmBudget(settings.alarms_per_day),
            ),
            AlertPublisher(PublishStore(client, keys), sinks, settings.grouping),
            WindowCloser(WindowStore(client, keys), producer, topics.windows, 1, settings.hops),
            lambda: range(settings.shards),
        )
        await detection.run()
    alerts = [one.value for one in sink.records if one.topic == settings.topics.alerts]
    return {value for value in alerts if value is not None}


async def assert_as_if_nothing_was_lost(settings: Settings) -> None:
    windows = [
        decode(m.value, SentimentWindow)
        async for m in read_to_end(settings, settings.topics.windows)
    ]
    alerts = {m.value async for m in read_to_end(settings, settings.topics.alerts)}
    documents = (scored(settings, number) for number in range(COUNT))
    expected = oracle.windows(
        (oracle.Counted(one, one.event_time) for one in documents), settings.kinds
    )

    assert list(oracle.differences(expected, oracle.emitted(windows))) == []
    assert alerts == await undisturbed(settings)
    assert len(alerts) >= 2 * len(BURSTS)


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator["redis.Redis"]:
    """A redis-server that begins with what `folder` holds, and saves when it is told to."""
    command = [redis_binary(), "--bind", HOST, "--port", str(port), "--dir", str(folder)]
    running = server("redis-server", [*command, "--save", ""], lambda: answers_ping(port))
    with running, redis.Redis(HOST, port) as client:
        yield client


# Workers start, end with their Redis and start again.
@pytest.mark.timeout(180)
def test_windows_are_rebuilt_when_redis_lacks_its_latest_writes(
    settings: Settings, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "workers.log"
    own = load(**{**dict(settings), "redis_url": f"redis://{HOST}:{port}/0"})
    primary, replica = tmp_path / "primary", tmp_path / "replica"
    primary.mkdir()
    replica.mkdir()

    async def run() -> None:
        await ensure_topics(own)
        with Supervisor(2, environment(own), log) as workers:
            with redis_at(port, primary) as client:
                await feed(own, range(600))
                await until_counted(own, workers, 600)
                client.save()
                shutil.copy(primary / "dump.rdb", replica)
                await feed(own, range(600, 1200))
                await until_counted(own, workers, 1200)
            with redis_at(port, replica):
                await feed(own, range(1200, COUNT))
                await until_settled(own, workers)
                workers.stop()
                await assert_as_if_nothing_was_lost(own)

    asyncio.run(run())

    # A worker that counts may notice first, or one that partitions are moved to: both rebuild.
    assert "Redis has lost counts: windows are rebuilt" in log.read_text()
