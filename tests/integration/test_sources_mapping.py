"""A Kafka topic of another shape, read by a worker as a desk described it."""

import asyncio
from pathlib import Path

import orjson
import pytest

from schemas import ScoredDocument, decode
from stream.kafka import Producer, consumer, ensure_topics
from stream.records import AS_DOCUMENT, Outgoing
from stream.settings import Settings, environment, load
from stream.supervisor import Supervisor
from tests.commands import petrel

# It starts a worker, which loads torch and joins a group before it reads.
pytestmark = pytest.mark.timeout(90)

TWEET = {
    "id_str": "7",
    "full_text": "RT @wire: Orvane warns on…",
    "retweeted_status": {"full_text": "Orvane warns on profit after a fire."},
    "created_at": "Wed Nov 25 18:44:28 +0000 2026",
    "user": {"screen_name": "a" * 300},
    "entities": {"symbols": [{"text": "ORV"}]},
}


@pytest.fixture
def settings(kafka: str, worker: dict[str, object], tmp_path: Path) -> Settings:
    path = tmp_path / "sources.yaml"
    (topic,) = load(**worker).inputs
    path.write_text(f"topics: {{{topic}: {{use: twitter-v1, lang: en}}}}")
    return load(**worker, kafka_bootstrap=kafka, partitions=1, sources=path)


async def scored(settings: Settings, count: int) -> list[ScoredDocument]:
    found: list[ScoredDocument] = []
    async with consumer(settings, settings.topics.scored) as reader:
        while len(found) < count:
            if value := (await reader.getone()).value:
                found.append(decode(value, ScoredDocument))
    return found


def test_records_of_a_described_topic_are_scored_as_documents(
    settings: Settings, tmp_path: Path
) -> None:
    async def run() -> list[ScoredDocument]:
        await ensure_topics(settings)
        topic = settings.input_topics[0]
        async with Producer(settings) as producer:
            own = Outgoing(topic, None, b'{"id": "8", "text": "Orvane opens"}', headers=AS_DOCUMENT)
            await producer.send_all([Outgoing(topic, None, orjson.dumps(TWEET)), own])
        with Supervisor(1, environment(settings), tmp_path / "workers.log"):
            return await scored(settings, 2)

    tweet, own = asyncio.run(run())

    assert (tweet.id, tweet.text) == ("7", "Orvane warns on profit after a fire.")
    assert (tweet.source, tweet.lang, tweet.author) == ("twitter", "en", "a" * 256)
    assert tweet.notes == ["author: cut to 256 of 300 characters"]
    assert [one.id for one in tweet.entities if one.origin == "given"] == ["ORV"]
    assert (own.id, own.text) == ("8", "Orvane opens")


def test_a_mapping_is_proposed_for_a_kafka_topic(
    embedded_kafka: str, unique: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    path = tmp_path / "raw.jsonl"
    path.write_text('{"nr": 7, "inner": {"body": "Orvane warns on profit after a fire."}}\n' * 2)
    petrel("feed", unique, str(path), "--create")

    done = petrel("sources", "check", unique)

    assert done.exit_code == 0
    assert done.stderr.startswith(f"2 records of {unique}: 2 documents\n")
    assert done.stdout == f"topics:\n  {unique}:\n    fields:\n      text: inner.body\n\n"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (
            ("sources", "check", "nowhere.raw"),
            "there is no file nowhere.raw, and there is no Kafka topic nowhere.raw",
        ),
        (("replay", "kafka:nowhere.raw"), "there is no Kafka topic nowhere.raw"),
    ],
)
def test_a_kafka_topic_that_is_not_there_is_named(
    embedded_kafka: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    bundle: Path,
    command: tuple[str, ...],
    rule: str,
) -> None:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", embedded_kafka)
    monkeypatch.setenv("PETREL_REDIS_URL", redis_url)
    monkeypatch.setenv("PETREL_MODEL", str(bundle))

    done = petrel(*command)

    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, f"Error: {rule}")
