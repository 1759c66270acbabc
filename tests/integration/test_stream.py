"""The whole stream on Apache Kafka and Redis: every record once, windows equal to the oracle."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from schemas import DeadLetterHeaders, ScoredDocument, SentimentWindow, decode
from schemas.deadletter import Headers, dead_letter_topic, original_headers
from schemas.times import to_millis
from stream import heartbeat
from stream.counting.redis_client import connect
from stream.counting.redis_keys import RedisKeys
from stream.counting.sources import Sources
from stream.counting.store import Store
from stream.kafka import Admin, Producer, consumer, ensure_topics
from stream.records import Outgoing, RawRecord
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests import oracle
from tests.faults.verdict import records

START = datetime(2026, 3, 17, 8, tzinfo=UTC)
END = START + timedelta(days=2)
FRAMED = b"\x00\x00\x00\x00\x07\x02a"
BAD = [b"\xff\xfe not UTF-8", b"{", b"{}", b'{"text": ""}', b'{"titel": "b"}', FRAMED]
DELETION = None
# Each starts workers, which load torch and join a group before they read.
pytestmark = pytest.mark.timeout(120)

WATCHLIST = "entities: [{id: acme, names: [Acme]}, {id: bolt, names: [Bolt], tickers: [BLT]}]"


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    inputs = ("news.raw.v1", "social.raw.v1")
    kinds = ("entity", "topic", "source", "all")
    given = worker | {"inputs": inputs, "watchlist": watchlist, "partitions": 3, "kinds": kinds}
    return load(**given, kafka_bootstrap=kafka)


@pytest.fixture
def replay(settings: Settings) -> Settings:
    """In a namespace in which the bench gives the times."""
    return settings.model_copy(update={"namespace": f"replay-{settings.namespace}"})


def documents(count: int) -> Iterator[bytes]:
    """Made-up documents, copies among them, each there up to 50 minutes after it was published."""
    rng = random.Random(5)
    words = ("acme", "bolt", "$BLT", "rises", "falls", "plant", "court", "bond", "chip", "river")
    text = "acme opens"
    for number in range(count):
        text = text if rng.random() < 0.1 else " ".join(rng.choices(words, k=9))
        published = arrival(number) - timedelta(seconds=rng.uniform(0, 3000))
        yield orjson.dumps({"id": f"d{number}", "text": text, "published_at": published})


def arrival(number: int) -> datetime:
    return START + timedelta(seconds=20 * number)


async def feed(settings: Settings, values: list[bytes | None]) -> None:
    partitions = await ensure_topics(settings)
    topics, headers = settings.input_topics, [("trace", b"\x00\xff")]
    records = [
        Outgoing(topics[n % 2], b"k", value, n % 3, headers, to_millis(arrival(n)))
        for n, value in enumerate(values)
    ]
    last = [
        Outgoing(topic, b"k", None, number, heartbeat.headers(to_millis(END)))
        for topic in topics
        for number in range(partitions[topic])
    ]
    async with Producer(settings) as producer:
        await producer.send_all(records)
        await producer.send_all(last)


async def settle(settings: Settings, workers: Supervisor) -> None:
    """Wait until everything is closed."""
    until = to_millis(END)
    async with connect(settings) as redis:
        keys = RedisKeys(settings.namespace, settings.shards)
        sources, store = Sources(redis, keys), Store(redis, keys)
        while await sources.horizon() < until or await store.pending(until):
            workers.check()
            await asyncio.sleep(0.1)


async def first(settings: Settings, topic: str) -> bytes:
    """The value of the first record, waited for."""
    async with consumer(settings, topic) as reader:
        value: bytes = (await reader.getone()).value
        return value


async def assert_windows_equal_the_oracle(settings: Settings, scored: list[RawRecord]) -> None:
    found = await records(settings, settings.topics.windows)
    windows = [decode(record.value or b"", SentimentWindow) for record in found]
    expected = oracle.windows(oracle.counted(scored, settings.stale), settings.kinds)

    assert list(oracle.differences(expected, oracle.emitted(windows))) == []
    assert len(expected) > 1000


@pytest.fixture
def workers(replay: Settings, tmp_path: Path) -> Iterator[Supervisor]:
    asyncio.run(ensure_topics(replay))
    with Supervisor(2, environment(replay), tmp_path / "workers.log") as workers:
        yield workers


def test_every_record_comes_out_once(replay: Settings, workers: Supervisor) -> None:
    values = [*documents(400), *BAD, DELETION]
    random.Random(3).shuffle(values)

    async def run() -> list[RawRecord]:
        await feed(replay, values)
        await settle(replay, workers)
        found = await records(replay, replay.topics.scored)
        await assert_windows_equal_the_oracle(replay, found)
        return [record for record in found if record.value is not None]

    found = asyncio.run(run())

    scored = Counter(decode(record.value or b"", ScoredDocument).id for record in found)
    assert scored == Counter(f"d{n}" for n in range(400))


def test_bad_records_are_set_aside_byte_for_byte(replay: Settings, workers: Supervisor) -> None:
    async def run() -> list[tuple[bytes | None, Headers]]:
        await feed(replay, [*BAD, DELETION, *documents(20)])
        await settle(replay, workers)
        letters = []
        for topic in replay.input_topics:
            for letter in await records(replay, dead_letter_topic(topic)):
                why = DeadLetterHeaders.from_kafka(letter.headers)
                assert (why.topic, why.stage) == (topic, "decode")
                letters.append((letter.value, original_headers(letter.headers)))
        return letters

    letters = asyncio.run(run())

    assert Counter(value for value, _ in letters) == Counter(BAD)
    assert all(headers == [("trace", b"\x00\xff")] for _, headers in letters)


def test_a_quiet_stream_closes_its_windows(settings: Settings, tmp_path: Path) -> None:
    value = orjson.dumps({"text": "Acme opens a plant"})
    before = int(time.time() * 1000) - 3 * 60_000

    async def run() -> None:
        # The time that its producer gives, as in a Kafka topic that others made.
        async with Admin(settings) as admin:
            await admin.ensure({topic: {} for topic in settings.input_topics})
        await ensure_topics(settings)
        async with Producer(settings) as producer:
            topic = settings.input_topics[0]
            await producer.send_all([Outgoing(topic, None, value, timestamp=before)])
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            assert await first(settings, settings.topics.windows)

    asyncio.run(run())


def test_a_worker_without_redis_ends_and_says_so(settings: Settings, tmp_path: Path) -> None:
    nowhere = settings.model_copy(update={"redis_url": SecretStr("redis://:secret@127.0.0.1:1/0")})
    asyncio.run(ensure_topics(nowhere))
    log = tmp_path / "workers.log"

    with Supervisor(1, environment(nowhere), log) as workers:
        while not workers.failures:
            workers.check()
            time.sleep(0.2)

    assert "Error: Redis (PETREL_REDIS_URL): " in log.read_text()
    assert "secret" not in log.read_text()
    assert "Traceback" not in log.read_text()
