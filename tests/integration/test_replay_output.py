"""What a replay writes into files, and tells while it runs."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from schemas import Alert, GroupAlert, Origin, ScoredDocument, SentimentWindow, encode
from sources.files.row import FileError
from stream.clients.replay.alert_feed import alerts_told
from stream.clients.replay.output import prepare, write_results
from stream.kafka import Producer, ensure_topics
from stream.records import Outgoing
from stream.settings import Settings, load
from tests.alerts import AT, alert, group
from tests.records import NOON, SCORED, WINDOW


@pytest.fixture
def settings(embedded_kafka: str, unique: str) -> Settings:
    return load(kafka_bootstrap=embedded_kafka, kafka_idempotence=False, namespace=unique)


async def send(settings: Settings, topic: str, *records: msgspec.Struct | None) -> None:
    """Put records, or heartbeats, on a Kafka topic, spread over its partitions."""
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(topic, b"k", None if one is None else encode(one), number % 4)
            for number, one in enumerate(records)
        )


def scored(offset: int, minutes: int) -> ScoredDocument:
    arrived = NOON + timedelta(minutes=minutes)
    return replace(SCORED, origin=Origin("news", 0, offset), arrived_at=arrived)


def window(minutes: int, **fields: str) -> SentimentWindow:
    return replace(WINDOW, end=NOON + timedelta(minutes=minutes), **fields)


def later(minutes: int) -> Alert:
    return alert(id=f"t{minutes}", at=AT + timedelta(minutes=minutes))


def lines(path: Path, kind: type[msgspec.Struct]) -> Sequence[msgspec.Struct]:
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()]


async def test_each_record_is_written_once_by_its_time(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    topics = settings.topics
    await send(
        settings, topics.scored, scored(2, 5), None, scored(1, 5), scored(0, 9), scored(2, 5)
    )
    await send(settings, topics.windows, window(9), window(5, subject="b"), window(5), window(9))
    await send(settings, topics.alerts, later(3), group("acme"), later(1), later(3))

    await write_results(settings, tmp_path, "jsonl")

    found = lines(tmp_path / "scored.jsonl", ScoredDocument)
    assert found == [scored(1, 5), scored(2, 5), scored(0, 9)]
    found = lines(tmp_path / "windows.jsonl", SentimentWindow)
    assert found == [window(5), window(5, subject="b"), window(9)]
    assert lines(tmp_path / "alerts.jsonl", Alert) == [later(1), later(3)]
    assert lines(tmp_path / "groups.jsonl", GroupAlert) == [group("acme")]


async def test_files_may_be_parquet_and_hold_nothing(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    await send(settings, settings.topics.windows, window(5))

    await write_results(settings, tmp_path, "parquet")

    assert parquet.read_table(tmp_path / "windows.parquet").num_rows == 1
    assert parquet.read_table(tmp_path / "alerts.parquet").num_rows == 0


def test_a_folder_that_cannot_be_made_is_told_before_the_replay(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FileError, match="file/results: Not a directory"):
        prepare(tmp_path / "file/results", "jsonl")


async def test_alerts_are_told_as_they_come(settings: Settings) -> None:
    await ensure_topics(settings)
    told: asyncio.Queue[str] = asyncio.Queue()

    async with alerts_told(settings, lambda one: told.put_nowait(one.id)), asyncio.timeout(15):
        await send(settings, settings.topics.alerts, later(1))
        assert await told.get() == "t1"
        await send(settings, settings.topics.alerts, later(2))
        assert await told.get() == "t2"
