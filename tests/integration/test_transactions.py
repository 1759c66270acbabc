"""Inputs of transactional producers, and partitions with offsets that hold no record."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from schemas import ScoredDocument, decode
from stream.kafka import Admin, client_options, consumer, ensure_topics, read_to_end
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor

# Each starts workers, which load torch and join a group before they read.
pytestmark = pytest.mark.timeout(90)

PARTITIONS = 2


@pytest.fixture
def settings(kafka: str, worker: dict[str, object]) -> Settings:
    return load(**worker, kafka_bootstrap=kafka, partitions=PARTITIONS)


def input_topic(settings: Settings) -> str:
    (topic,) = settings.input_topics
    return topic


async def create_topics(settings: Settings) -> None:
    """The input is stamped by its producer, as a Kafka topic that others made may be."""
    async with Admin(settings) as admin:
        await admin.ensure({input_topic(settings): {}})
    await ensure_topics(settings)


async def transact(
    settings: Settings, texts: Sequence[str], *, commit: bool = True, partition: int = 0
) -> None:
    """Send documents of three minutes ago in one transaction, which ends with its marker."""
    producer = AIOKafkaProducer(**client_options(settings), transactional_id=settings.namespace)
    before = int(time.time() * 1000) - 3 * 60_000
    async with producer:
        await producer.begin_transaction()
        for text in texts:
            value = orjson.dumps({"id": text, "text": text})
            await producer.send(
                input_topic(settings), value, partition=partition, timestamp_ms=before
            )
        await (producer.commit_transaction() if commit else producer.abort_transaction())


async def texts(settings: Settings) -> list[str]:
    return [
        orjson.loads(m.value)["text"] async for m in read_to_end(settings, input_topic(settings))
    ]


async def await_records(settings: Settings, topic: str, count: int) -> list[bytes]:
    """The values of the first `count` records that have one."""
    found: list[bytes] = []
    async with consumer(settings, topic) as reader:
        while len(found) < count:
            value = (await reader.getone()).value
            found += [value] if value is not None else []
    return found


def test_reading_to_the_end_ends_behind_the_marker_of_a_commit(settings: Settings) -> None:
    async def run() -> list[str]:
        await create_topics(settings)
        await transact(settings, ["a", "b"])
        return await texts(settings)

    assert asyncio.run(run()) == ["a", "b"]


def test_what_was_aborted_is_not_read(settings: Settings) -> None:
    async def run() -> list[str]:
        await create_topics(settings)
        await transact(settings, ["a"])
        await transact(settings, ["b"], commit=False)
        return await texts(settings)

    assert asyncio.run(run()) == ["a"]


def test_an_open_transaction_is_not_waited_for(settings: Settings) -> None:
    async def run() -> list[str]:
        await create_topics(settings)
        await transact(settings, ["a"])
        producer = AIOKafkaProducer(**client_options(settings), transactional_id="open")
        async with producer:
            await producer.begin_transaction()
            await producer.send_and_wait(input_topic(settings), b'{"text": "b"}', partition=0)
            found = await texts(settings)
            await producer.abort_transaction()
        return found

    assert asyncio.run(run()) == ["a"]


def test_a_worker_scores_what_is_committed(settings: Settings, tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        await create_topics(settings)
        await transact(settings, ["one"], commit=False)
        await transact(settings, ["two", "three"])
        await transact(settings, ["four"], commit=False)
        await transact(settings, ["five"])
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            return await await_records(settings, settings.topics.scored, 3)

    scored = [decode(value, ScoredDocument).id for value in asyncio.run(run())]

    assert scored == ["two", "three", "five"]


def test_windows_do_not_wait_for_a_marker(settings: Settings, tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        await create_topics(settings)
        await transact(settings, ["one"])
        await transact(settings, ["two"], commit=False)
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            return await await_records(settings, settings.topics.windows, 1)

    assert asyncio.run(run())


def test_windows_do_not_wait_for_a_partition_that_retention_emptied(
    settings: Settings, tmp_path: Path
) -> None:
    async def run() -> list[bytes]:
        await create_topics(settings)
        await transact(settings, ["one"], partition=0)
        await transact(settings, ["two"], partition=1)
        await empty(settings, TopicPartition(input_topic(settings), 1))
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            return await await_records(settings, settings.topics.windows, 1)

    assert asyncio.run(run())


async def empty(settings: Settings, partition: TopicPartition) -> None:
    """Delete all records of `partition`, as retention does; its offsets go on."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        async with consumer(settings) as reader:
            end = (await reader.end_offsets([partition]))[partition]
        await admin.delete_records({partition: RecordsToDelete(before_offset=end)})
    finally:
        await admin.close()
