"""`petrel status` on real servers: it tells what they hold, and needs no worker."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from schemas import Alert, encode
from stream.clients.status.counts import read_counts
from stream.clients.status.group import read_group
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_store import AlertStore
from stream.counting.judging.publish_store import PublishStore
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import BatchUpdate, SourceProgress, Store
from stream.grouping.group import second_of
from stream.grouping.group_rule import GroupRule
from stream.grouping.grouping import Grouping
from stream.kafka import Admin, Producer, consumer, ensure_topics, polled
from stream.records import Outgoing
from stream.settings import Settings, load
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.spike_rule import SpikeRule
from tests.alerts import AT, alert
from tests.commands import petrel
from tests.integration.counting import update
from tests.records import SCORED

KEY = "entity:acme"
MILLIS = 1_000


def of_stream(bootstrap: str, redis_url: str, unique: str, **fields: Any) -> Settings:
    given = {"kafka_bootstrap": bootstrap, "redis_url": redis_url, "namespace": unique}
    return load(**given, kafka_idempotence=False, inputs=("a.v1",), partitions=2, **fields)


@pytest.fixture
def settings(embedded_kafka: str, redis_url: str, unique: str) -> Settings:
    return of_stream(embedded_kafka, redis_url, unique)


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", settings.kafka_bootstrap)
    monkeypatch.setenv("PETREL_REDIS_URL", settings.redis_url.get_secret_value())
    monkeypatch.setenv("PETREL_NAMESPACE", settings.namespace)
    monkeypatch.setenv("PETREL_INPUTS", "a.v1")


async def send(settings: Settings, *records: Outgoing) -> None:
    await ensure_topics(settings)
    async with Producer(settings) as producer:
        await producer.send_all(records)


def document(settings: Settings, partition: int, seconds_ago: float = 0) -> Outgoing:
    stamp = int((time.time() - seconds_ago) * MILLIS)
    return Outgoing(settings.topics.named("a.v1"), None, b"{}", partition, timestamp=stamp)


@asynccontextmanager
async def member(settings: Settings, read: int) -> AsyncIterator[None]:
    """A member of the consumer group that has done with `read` records of each partition."""
    topics = [settings.topics.named("a.v1"), settings.topics.scored]
    group = settings.topics.named(settings.group)
    async with consumer(settings, *topics, group_id=group) as reader:
        while not reader.assignment():
            await polled(reader)
        if read:
            await reader.commit(dict.fromkeys(reader.assignment(), read))
        yield


@asynccontextmanager
async def counted(settings: Settings) -> AsyncIterator[tuple[Redis, RedisKeys]]:
    """A key with a spike a moment ago, of which all is complete."""
    now = int(time.time())
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, settings.shards)
        await redis.set(keys.shard_count, settings.shards)
        store, sources = Store(redis, keys), Sources(redis, keys)
        await store.begin({0: 0})
        updates = [update(n, now - 10, negative=True) for n in range(20)]
        await store.apply(BatchUpdate({0: (0, 20)}, {KEY: updates}, {}))
        await sources.announce(["t/0"], now=0)
        progress = {"t/0": SourceProgress(now * MILLIS, -1)}
        await store.apply(BatchUpdate({0: (20, 20)}, {}, progress))
        await store.follow(range(keys.shards), await sources.move_horizon())
        yield redis, keys


async def judge(redis: Redis, keys: RedisKeys, rule: SpikeRule) -> None:
    judge = AlertJudge(AlertStore(redis, keys), rule, AlarmBudget(1))
    while await judge.judge([keys.shard_of(KEY)], int(time.time()) * MILLIS):
        pass


def company(name: str, score: int, **fields: Any) -> Alert:
    usual: dict[str, Any] = {"id": name, "alert": name, "subject": name, "severity": "warning"}
    return alert(score=score, **usual | fields)


async def test_what_waits_is_told(settings: Settings) -> None:
    await send(settings, *(document(settings, 1) for _ in range(3)))
    async with member(settings, read=0):
        group = await read_group(settings)

    lags = {(one.topic, one.partition): one.lag for one in group.partitions}
    topic = settings.topics.named("a.v1")
    assert {at: lag for at, lag in lags.items() if lag} == {(topic, 1): 3}
    assert len(group.workers) == 1
    assert group.missing == []


async def test_what_is_committed_does_not_wait(settings: Settings) -> None:
    await send(settings, *(document(settings, number) for number in (0, 0, 1, 1)))
    async with member(settings, read=1):
        group = await read_group(settings)

    topic = settings.topics.named("a.v1")
    assert [one.lag for one in group.partitions if one.topic == topic] == [1, 1]


async def test_the_model_is_that_of_the_document_scored_last(settings: Settings) -> None:
    scored = settings.topics.scored
    await send(settings, Outgoing(scored, b"k", encode(SCORED), 0), Outgoing(scored, b"k", None, 0))

    last = (await read_group(settings)).last_scored

    assert last is not None
    assert (last.model, last.scored_at, last.watchlist) == (SCORED.model, SCORED.scored_at, None)


async def test_dead_letters_are_counted_by_where_they_came_from(settings: Settings) -> None:
    topic = settings.topics.named("a.v1")
    await send(settings, *(Outgoing(f"{topic}.dlq", None, b"x", n % 2) for n in range(3)))

    assert (await read_group(settings)).dead_letters == {topic: 3, settings.topics.scored: 0}


async def test_a_key_that_is_learning_says_until_when(settings: Settings) -> None:
    async with counted(settings) as (redis, keys):
        await judge(redis, keys, settings.spike)
        counts = await read_counts(settings)

    ((key, until),) = [(one.key, one.until) for one in counts.learning]
    assert key == KEY
    assert 21_500 < until.timestamp() - time.time() <= 21_600
    assert counts.alerts == []
    assert counts.watermark is not None


async def test_an_alert_that_is_open_is_told(settings: Settings) -> None:
    async with counted(settings) as (redis, keys):
        await judge(redis, keys, SpikeRule(history=0))
        counts = await read_counts(settings.model_copy(update={"spike": SpikeRule(history=0)}))

    assert [(one.key, one.severity) for one in counts.alerts] == [(KEY, "critical")]
    assert counts.learning == []


async def test_a_group_that_is_open_is_told(settings: Settings) -> None:
    opened = [company(name, score) for score, name in enumerate("abcdef", start=70)]
    over = company("a", 70, id="over", transition="resolve", at=AT + timedelta(hours=1))
    grouping = Grouping(GroupRule())
    grouping.publish([*opened, over], until=second_of(over.at))
    state = msgspec.json.encode(grouping.state)
    async with counted(settings) as (redis, keys):
        await PublishStore(redis, keys).publish(b"", grouping.state.until, state, [])
        (group,) = (await read_counts(settings)).groups

    assert (group.companies, group.unresolved, group.opened_at) == (6, 5, AT)
    assert (group.severity, group.score) == ("warning", 75)
    assert group.reason.startswith("6 companies turned negative within a minute, 5 still open; ")


@pytest.mark.usefixtures("environment")
def test_no_worker_is_wrong_and_nothing_is_created(settings: Settings) -> None:
    async def there() -> tuple[set[str], list[Any]]:
        async with Admin(settings) as admin, connect(settings) as redis:
            return await admin.names(), await redis.keys("*")

    before = asyncio.run(there())
    done = petrel("status", "--json")
    told = orjson.loads(done.stdout)

    assert done.exit_code == 1
    assert [problem[:23] for problem in told["problems"]] == [
        "there is no Kafka topic",
        "no worker runs: the con",
    ]
    assert told["kafka"]["workers"] == []
    assert asyncio.run(there()) == before


def test_each_server_that_is_away_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("PETREL_REDIS_URL", "redis://:secret@127.0.0.1:1/0")

    done = petrel("status")

    assert done.exit_code == 1
    said = " ".join(done.stdout.split())
    assert "no Kafka broker answers at 127.0.0.1:1 (PETREL_KAFKA_BOOTSTRAP)" in said
    assert "Redis does not answer at redis://:********@127.0.0.1:1/0 (PETREL_REDIS_URL)" in said
    assert "secret" not in said


@pytest.mark.usefixtures("environment")
def test_without_alerts_it_is_said_how_many_keys_are_learning(settings: Settings) -> None:
    async def learn() -> None:
        await ensure_topics(settings)
        async with counted(settings) as (redis, keys):
            await judge(redis, keys, settings.spike)

    asyncio.run(learn())
    done = petrel("alerts")

    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith("no alerts yet\n1 key is still learning, until 2")


async def test_kafka_tells_which_worker_reads_what_and_since_when_a_record_waits(
    kafka: str, redis_url: str, unique: str
) -> None:
    # In a replay it is the sender who says when a record came.
    settings = of_stream(kafka, redis_url, f"replay-{unique}")
    await send(settings, document(settings, 0, seconds_ago=90))
    async with member(settings, read=0):
        group = await read_group(settings)

    (worker,) = group.workers
    assert worker.host == "127.0.0.1"
    assert {one.worker for one in group.partitions} == {worker.id}
    (lag,) = [one for one in group.partitions if one.lag]
    assert (lag.partition, lag.lag) == (0, 1)
    assert 90 <= lag.lag_seconds < 600


async def test_the_end_of_a_transaction_does_not_wait(
    kafka: str, redis_url: str, unique: str
) -> None:
    settings = of_stream(kafka, redis_url, unique)
    await send(settings)
    sender = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=unique)
    async with sender as producer, producer.transaction():
        await producer.send(settings.topics.named("a.v1"), b"{}", partition=0)
    async with member(settings, read=1):
        group = await read_group(settings)

    assert sum(one.lag for one in group.partitions) == 0
