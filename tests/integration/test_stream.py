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
from stream import heartbeat
from stream.counting.redis_client import connect
from stream.counting.store import Store
from stream.kafka import Producer, consumer, ensure_topics, read_to_end
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests import oracle

START = datetime(2026, 3, 17, 8, tzinfo=UTC)
END = START + timedelta(days=2)
BAD = [b"\xff\xfe not UTF-8", b"{", b"{}", b'{"text": ""}', b'{"text": "a", "titel": "b"}', None]
# Each starts workers, which load torch and join a group before they read.
pytestmark = pytest.mark.timeout(120)

WATCHLIST = "entities: [{id: acme, names: [Acme]}, {id: bolt, names: [Bolt], tickers: [BLT]}]"


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    inputs = ("news.raw.v1", "social.raw.v1")
    given = worker | {"inputs": inputs, "watchlist": watchlist, "partitions": 3, "idle": 0}
    return load(**given, kafka_bootstrap=kafka)


def documents(count: int) -> Iterator[bytes]:
    """Made-up documents, in order but for a few seconds, copies among them."""
    rng = random.Random(5)
    words = ("acme", "bolt", "$BLT", "rises", "falls", "plant", "court", "bond", "chip", "river")
    text = "acme opens"
    for number in range(count):
        text = text if rng.random() < 0.1 else " ".join(rng.choices(words, k=9))
        moment = START + timedelta(seconds=20 * number + rng.uniform(-5, 5))
        yield orjson.dumps({"id": f"d{number}", "text": text, "published_at": moment})


async def feed(settings: Settings, values: list[bytes | None]) -> None:
    partitions = await ensure_topics(settings)
    topics = settings.input_topics
    records = [
        Outgoing(topics[n % 2], b"k", value, n % 3, [("trace", b"\x00\xff")], 1_773_734_400_000 + n)
        for n, value in enumerate(values)
    ]
    last = [
        Outgoing(topic, b"k", None, number, heartbeat.headers(int(END.timestamp() * 1000)))
        for topic in topics
        for number in range(partitions[topic])
    ]
    async with Producer(settings) as producer:
        await producer.send_all(records)
        await producer.send_all(last)


async def settle(settings: Settings, workers: Supervisor) -> None:
    """Wait until everything is closed."""
    until = int(END.timestamp() * 1000)
    async with connect(settings) as redis:
        store = Store(redis, settings.namespace, 3)
        while await store.watermark() < until or await store.pending(until // 60_000):
            workers.check()
            await asyncio.sleep(0.1)


async def scored(settings: Settings) -> list[ScoredDocument]:
    found = read_to_end(settings, settings.topics.scored)
    return [decode(m.value, ScoredDocument) async for m in found if m.value is not None]


async def first(settings: Settings, topic: str) -> bytes:
    """The value of the first record, waited for."""
    async with consumer(settings, topic) as reader:
        value: bytes = (await reader.getone()).value
        return value


async def assert_windows_equal_the_oracle(
    settings: Settings, records: list[ScoredDocument]
) -> None:
    found = read_to_end(settings, settings.topics.windows)
    windows = [decode(m.value, SentimentWindow) async for m in found]
    expected = oracle.windows(oracle.once(records))

    assert list(oracle.differences(expected, oracle.emitted(windows))) == []
    assert len(expected) > 1000


@pytest.fixture
def workers(settings: Settings, tmp_path: Path) -> Iterator[Supervisor]:
    asyncio.run(ensure_topics(settings))
    with Supervisor(2, environment(settings), tmp_path / "workers.log") as workers:
        yield workers


def test_every_record_comes_out_once(settings: Settings, workers: Supervisor) -> None:
    values = [*documents(400), *BAD]
    random.Random(3).shuffle(values[300:])

    async def run() -> list[ScoredDocument]:
        await feed(settings, values)
        await settle(settings, workers)
        records = await scored(settings)
        await assert_windows_equal_the_oracle(settings, records)
        return records

    records = asyncio.run(run())

    assert Counter(record.id for record in records) == Counter(f"d{n}" for n in range(400))


def test_bad_records_are_set_aside_byte_for_byte(settings: Settings, workers: Supervisor) -> None:
    async def run() -> list[tuple[bytes | None, Headers]]:
        await feed(settings, [*BAD, *documents(20)])
        await settle(settings, workers)
        letters = []
        for topic in settings.input_topics:
            async for message in read_to_end(settings, dead_letter_topic(topic)):
                why = DeadLetterHeaders.from_kafka(message.headers)
                assert (why.topic, why.stage) == (topic, "decode")
                letters.append((message.value, original_headers(message.headers)))
        assert len(await scored(settings)) == 20
        return letters

    letters = asyncio.run(run())

    assert Counter(value for value, _ in letters) == Counter(BAD)
    assert all(headers == [("trace", b"\x00\xff")] for _, headers in letters)


def test_a_quiet_stream_closes_its_windows(settings: Settings, tmp_path: Path) -> None:
    live = settings.model_copy(update={"idle": 1.0, "lateness": 0.0})
    moment = datetime.now(UTC) - timedelta(minutes=3)
    value = orjson.dumps({"text": "Acme opens a plant", "published_at": moment})

    async def run() -> None:
        await ensure_topics(live)
        async with Producer(live) as producer:
            await producer.send_all([Outgoing(live.input_topics[0], None, value)])
        with Supervisor(1, environment(live), tmp_path / "workers.log"):
            assert await first(live, live.topics.windows)

    asyncio.run(run())


def test_a_worker_without_redis_ends_and_says_so(settings: Settings, tmp_path: Path) -> None:
    nowhere = settings.model_copy(update={"redis_url": SecretStr("redis://:secret@127.0.0.1:1/0")})
    asyncio.run(ensure_topics(nowhere))
    log = tmp_path / "workers.log"

    with Supervisor(1, environment(nowhere), log) as workers:
        while not workers.failures:
            workers.check()
            time.sleep(0.2)

    assert "stopped: ConnectionError" in log.read_text()
    assert "secret" not in log.read_text()
    assert "Traceback" not in log.read_text()
