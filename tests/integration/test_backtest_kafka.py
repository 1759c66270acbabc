"""`petrel backtest` of a Kafka topic: the alerts of the file that holds the same records."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from schemas import Origin, ScoredDocument, encode
from stream import heartbeat
from stream.clients.files.record_writer import write_records
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings
from tests.bursts import scored_burst
from tests.commands import petrel


def spread() -> list[ScoredDocument]:
    """The records of a burst, out of three source partitions."""
    return [
        replace(one, origin=Origin("news.raw.v1", number % 3, number // 3))
        for number, one in enumerate(scored_burst())
    ]


async def send(settings: Settings) -> None:
    topic = settings.topics.scored
    async with Admin(settings) as admin:
        await admin.ensure({topic: {}})
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(topic, b"k", encode(one), one.origin.partition) for one in spread()
        )
        # A heartbeat, and what is no scored record.
        beat = heartbeat.headers(1)
        await producer.send_all(
            [Outgoing(topic, b"news.raw.v1/0", None, 0, beat), Outgoing(topic, b"k", b"{}", 3)]
        )


def test_a_topic_gives_the_alerts_of_a_file(settings: Settings, tmp_path: Path) -> None:
    asyncio.run(send(settings))
    write_records(tmp_path / "scored.jsonl", ScoredDocument, spread())
    topic = settings.topics.scored

    by_kafka = petrel("backtest", f"kafka:{topic}", "--output", str(tmp_path / "kafka"))
    petrel("backtest", str(tmp_path / "scored.jsonl"), "--output", str(tmp_path / "file"))

    alerts = [(tmp_path / name / "alerts.jsonl").read_bytes() for name in ("kafka", "file")]
    assert alerts[0] == alerts[1] != b""
    assert by_kafka.exit_code == 1
    assert f"not read: {topic} 3:0: Object missing required field" in by_kafka.stderr


def test_a_topic_that_is_not_there_is_named(settings: Settings) -> None:
    done = petrel("backtest", "kafka:nowhere")

    assert done.exit_code == 1
    assert "nowhere" in done.stderr
