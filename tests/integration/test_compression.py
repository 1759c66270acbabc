"""Compressed Kafka topics and odd headers, on a real broker: read, scored, counted."""

import asyncio
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from schemas import ScoredDocument, decode
from stream.kafka import Admin, Producer, client_options, consumer, ensure_topics, read_to_end
from stream.records import Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests.batches import RAW_NAME, builder

# One starts workers, which load torch and join a group before they read.
pytestmark = pytest.mark.timeout(90)

CODECS = ("gzip", "snappy", "lz4", "zstd")


@pytest.fixture
def settings(kafka: str, worker: dict[str, object]) -> Settings:
    return load(**worker, kafka_bootstrap=kafka, partitions=1)


async def create_topics(settings: Settings, codec: str) -> None:
    """The input and the scored Kafka topic keep what they hold in `codec`."""
    names = (*settings.input_topics, settings.topics.scored)
    async with Admin(settings) as admin:
        await admin.ensure({name: {"compression.type": codec} for name in names})
    await ensure_topics(settings)


async def send(settings: Settings, codec: str | None, name: str) -> None:
    options = client_options(settings)
    async with AIOKafkaProducer(**options, compression_type=codec) as producer:
        value = orjson.dumps({"id": name, "text": f"{name}: Orvane warns on profit"})
        await producer.send_and_wait(settings.input_topics[0], value)


async def scored(settings: Settings, count: int) -> list[str]:
    """The ids of the first `count` scored documents."""
    found: list[str] = []
    async with consumer(settings, settings.topics.scored) as reader:
        while len(found) < count:
            if value := (await reader.getone()).value:
                found.append(decode(value, ScoredDocument).id)
    return found


@pytest.mark.parametrize("codec", CODECS)
async def test_what_is_written_compressed_is_read(settings: Settings, codec: str) -> None:
    await create_topics(settings, "producer")
    writing = settings.model_copy(update={"kafka_compression": codec})

    async with Producer(writing) as producer:
        await producer.send_all([Outgoing(settings.input_topics[0], b"k", b"v" * 1000)])

    found = [m.value async for m in read_to_end(settings, settings.input_topics[0])]
    assert found == [b"v" * 1000]


@pytest.mark.parametrize("codec", CODECS)
async def test_what_a_topic_compresses_is_read(settings: Settings, codec: str) -> None:
    await create_topics(settings, codec)

    await send(settings, None, "one")

    found = [m.value async for m in read_to_end(settings, settings.input_topics[0])]
    assert [orjson.loads(value)["id"] for value in found] == ["one"]


def test_a_worker_reads_every_codec_and_headers_that_are_not_utf_8(
    settings: Settings, tmp_path: Path
) -> None:
    async def run() -> list[str]:
        await create_topics(settings, "lz4")
        for name in CODECS:
            await send(settings, name, name)
        await send_with_odd_header(settings, "odd")
        await send(settings, None, "last")
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            return await scored(settings, len(CODECS) + 2)

    assert asyncio.run(run()) == [*CODECS, "odd", "last"]


async def send_with_odd_header(settings: Settings, name: str) -> None:
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        batch = producer.create_batch()
        batch._builder = builder()
        value = orjson.dumps({"id": name, "text": f"{name}: Orvane warns on profit"})
        batch.append(key=None, value=value, timestamp=None, headers=[(RAW_NAME, b"1")])
        await (await producer.send_batch(batch, settings.input_topics[0], partition=0))
