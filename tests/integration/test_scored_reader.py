import asyncio
import signal
from datetime import timedelta

import pytest
from msgspec.structs import replace

from schemas import ScoredDocument, Sentiment, TopicScore, encode
from stream.clients.results import scored_reader
from stream.kafka import Admin, Producer
from stream.records import Outgoing
from stream.settings import Settings
from tests.commands import petrel, start
from tests.records import NOON, SCORED

HEARTBEAT = None


def send(settings: Settings, *values: ScoredDocument | bytes | None) -> None:
    """Put scored documents, or what is none, on their Kafka topic, spread over its partitions."""
    asyncio.run(_send(settings, values))


async def _send(settings: Settings, values: tuple[ScoredDocument | bytes | None, ...]) -> None:
    topic = settings.topics.scored
    async with Admin(settings) as admin:
        await admin.ensure({topic: {}})
    async with Producer(settings) as producer:
        await producer.send_all(
            Outgoing(topic, b"k", encode(one) if isinstance(one, ScoredDocument) else one, at % 4)
            for at, one in enumerate(values)
        )


def scored(minutes: int, **fields: object) -> ScoredDocument:
    arrived = NOON + timedelta(minutes=minutes)
    return replace(SCORED, id=f"n{minutes}", arrived_at=arrived, **fields)


def shown(*arguments: str) -> list[str]:
    """The ids that `petrel scored` shows."""
    return [line.split()[-1] for line in petrel("scored", *arguments).stdout.splitlines()[1:]]


def test_the_last_documents_come_by_their_time(settings: Settings) -> None:
    send(settings, scored(9), scored(1), scored(5), scored(3), scored(7))
    assert shown("-n", "3") == ["n5", "n7", "n9"]
    assert shown("-n", "0") == []


def test_heartbeats_are_no_documents_and_what_is_broken_is_logged(settings: Settings) -> None:
    send(settings, scored(1), b"{}", *[HEARTBEAT] * 40)
    done = petrel("scored", "-n", "2", "--json")
    assert done.stdout_bytes == encode(scored(1)) + b"\n"
    assert f"not of the type ScoredDocument: {settings.topics.scored} 1:0" in done.stderr


def test_only_what_is_wanted_is_shown(settings: Settings) -> None:
    good = Sentiment("positive", 0.0, 0.1, 0.9)
    send(settings, scored(1), scored(2, sentiment=good), scored(3, topics=[TopicScore("fx", 1.0)]))
    send(settings, *(scored(n, entities=[]) for n in range(10, 30)))
    assert shown("-n", "3", "--company", "ACME", "--sentiment", "negative") == ["n1", "n3"]
    assert shown("--topic", "fx", "--topic", "deals") == ["n3"]
    assert shown("-n", "1", "--company", "acme", "--sentiment", "positive") == ["n2"]


def test_a_misspelt_name_is_told_with_the_nearest(settings: Settings) -> None:
    send(settings, scored(1, topics=[TopicScore("earnings", 1.0)]))
    company = petrel("scored", "--company", "acmee")
    topic = petrel("scored", "--topic", "earning")
    assert company.stderr == "no scored document like that; did you mean acme?\n"
    assert topic.stderr == "no scored document like that; did you mean earnings?\n"


def test_no_partition_is_looked_through_from_its_beginning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scored_reader, "MAX_SEARCHED", 3)
    send(settings, scored(1), *[HEARTBEAT] * 15)
    assert shown("-n", "1") == []


def test_there_may_be_nothing_yet_and_no_kafka_topic_is_made(settings: Settings) -> None:
    done = petrel("scored")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing is scored yet: there is no Kafka topic" in done.stderr
    assert settings.topics.scored not in asyncio.run(_names(settings))


async def _names(settings: Settings) -> set[str]:
    async with Admin(settings) as admin:
        return await admin.names()


def test_follow_shows_the_last_and_then_each_that_comes(settings: Settings) -> None:
    send(settings, scored(1), scored(2))
    with start("scored", "--follow", "-n", "1", "--json") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == encode(scored(2)) + b"\n"
        send(settings, HEARTBEAT, scored(3))
        assert process.stdout.readline() == encode(scored(3)) + b"\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
