import asyncio
from datetime import UTC, datetime

import orjson
import pytest
from aiokafka.structs import ConsumerRecord

from schemas import dead_letter_topic
from stream.clients import dead_letters
from stream.kafka import Admin, read_to_end
from stream.output.producer import OutputProducer
from stream.records import MAX_RECORD_BYTES, Outgoing, RawRecord, dead_letter
from stream.settings import Settings, load
from tests.commands import petrel

BYTES = b'\xff{"text": \x00\x1b[2J'
NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
TIME = 1_773_700_000_123


@pytest.fixture
def settings(embedded_kafka: str, unique: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_IDEMPOTENCE", "false")
    return _settings(embedded_kafka, unique, monkeypatch)


@pytest.fixture
def apache(kafka: str, unique: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return _settings(kafka, unique, monkeypatch)


def _settings(bootstrap: str, group: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PETREL_KAFKA_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("PETREL_GROUP", group)
    return load()


def set_aside(
    settings: Settings,
    topic: str,
    *values: bytes | None,
    partition: int = 2,
    largest: int = MAX_RECORD_BYTES,
) -> None:
    """Put `values` on the dead-letter topic of `topic`, as the worker does."""
    letters = [_letter(topic, partition, *one) for one in enumerate(values)]
    asyncio.run(_set_aside(settings, topic, letters, largest))


async def _set_aside(settings: Settings, topic: str, letters: list[Outgoing], largest: int) -> None:
    async with Admin(settings) as admin:
        await admin.ensure({topic: {}, dead_letter_topic(topic): {}})
    async with OutputProducer(settings, {dead_letter_topic(topic): largest}) as producer:
        await producer.send_all(letters)


def _letter(topic: str, partition: int, offset: int, value: bytes | None) -> Outgoing:
    record = RawRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=TIME,
        key=b"\x00k",
        value=value,
        headers=[("trace", b"\x00\xff"), ("trace", b"2")],
    )
    return dead_letter(record, "decode", ValueError(f"no {offset}"), NOW)


def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """What is on `topic`."""

    async def read() -> list[ConsumerRecord]:
        return [record async for record in read_to_end(settings, topic)]

    return asyncio.run(read())


def test_list_shows_the_newest(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, BYTES, None, b"{}")
    done = petrel("dlq", "list", unique, "--limit", "2")
    assert "no 0" not in done.stdout
    assert f"decode  from {unique} 2:1\n  no 1\n  (no value)\n" in done.stdout
    assert f"2 of 3 dead letters of {unique}" in done.stdout


def test_list_as_json_has_the_whole_value(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, BYTES, b"{}")
    first, second = map(orjson.loads, petrel("dlq", "list", unique, "--json").stdout.splitlines())
    assert first["value_base64"] == "/3sidGV4dCI6IAAbWzJK"
    assert (second["value"], second["error"], second["stage"]) == ("{}", "no 1", "decode")
    assert second["origin"] == {"topic": unique, "partition": 2, "offset": 1}


def test_a_namespace_has_dead_letters_of_its_own(
    settings: Settings, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside(settings, f"replay-1.{unique}", b"{}")
    monkeypatch.setenv("PETREL_NAMESPACE", "replay-1")

    listed = petrel("dlq", "list", unique)
    sent = petrel("dlq", "redrive", unique, "--yes")

    assert listed.stdout.endswith(f"1 of 1 dead letters of replay-1.{unique}\n")
    assert sent.stdout == f"sent 1 dead letters back to replay-1.{unique}\n"


async def test_a_topic_without_dead_letters(settings: Settings, unique: str) -> None:
    async with Admin(settings) as admin:
        await admin.ensure({unique: {}})
    assert await dead_letters.latest(settings, unique, 20) == ([], 0)


def test_the_dead_letters_of_a_topic_that_is_not_there_are_none(
    settings: Settings, unique: str
) -> None:
    done = petrel("dlq", "list", unique)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: there is no Kafka topic {unique}")


def test_redrive_sends_each_once_as_it_came(settings: Settings, unique: str) -> None:
    assert_each_goes_back_once(settings, unique)


def test_redrive_on_apache_kafka_sends_each_once_as_it_came(apache: Settings, unique: str) -> None:
    assert_each_goes_back_once(apache, unique)


def assert_each_goes_back_once(settings: Settings, topic: str) -> None:
    set_aside(settings, topic, BYTES, None)
    assert petrel("dlq", "redrive", topic, "--yes").stdout.startswith("sent 2 dead letters")
    assert petrel("dlq", "redrive", topic, "--yes").stdout.startswith("all dead letters")
    set_aside(settings, topic, b"third")
    assert petrel("dlq", "redrive", topic, "--yes").stdout.startswith("sent 1 dead letters")
    found = records(settings, topic)
    assert [record.value for record in found] == [BYTES, None, b"third"]
    assert {record.key for record in found} == {b"\x00k"}
    assert {record.headers for record in found} == {(("trace", b"\x00\xff"), ("trace", b"2"))}
    assert {(record.partition, record.timestamp) for record in found} == {(2, TIME)}


def test_redrive_in_many_batches(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, *(b"%d" % number for number in range(350)))
    assert petrel("dlq", "redrive", unique, "--yes").exit_code == 0
    assert [record.value for record in records(settings, unique)] == [b"%d" % n for n in range(350)]


def test_redrive_of_chosen_letters(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, b"a", b"b", b"c")
    places = {
        record.value: f"{record.partition}:{record.offset}"
        for record in records(settings, dead_letter_topic(unique))
    }
    done = petrel("dlq", "redrive", unique, "--yes", "--offset", places[b"b"])
    assert done.exit_code == 0
    assert [record.value for record in records(settings, unique)] == [b"b"]


def test_redrive_of_a_letter_that_is_not_there(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, b"a")
    done = petrel("dlq", "redrive", unique, "--yes", "--offset", "0:99")
    assert done.exit_code == 1
    assert "there is no dead letter 0:99" in done.stderr


def test_a_letter_that_was_cut_is_told_and_stays(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, b"a" * 100_000, b"b", largest=50_000)

    listed = petrel("dlq", "list", unique)
    sent = petrel("dlq", "redrive", unique, "--yes")

    assert "cut to fit in Kafka; value: the first" in listed.stdout
    assert sent.stdout.startswith(f"sent 1 dead letters back to {unique}\n1 had been cut")
    assert [record.value for record in records(settings, unique)] == [b"b"]


def test_redrive_asks_first(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, b"a")
    done = petrel("dlq", "redrive", unique, answer="n\n")
    assert done.exit_code == 1
    assert f"Send 1 dead letters back to {unique}?" in done.stdout
    assert records(settings, unique) == []


def test_redrive_to_a_partition_that_is_no_more(settings: Settings, unique: str) -> None:
    set_aside(settings, unique, b"a", partition=77)
    assert petrel("dlq", "redrive", unique, "--yes").exit_code == 0
    assert [record.value for record in records(settings, unique)] == [b"a"]


def test_redrive_to_a_topic_that_does_not_exist(settings: Settings, unique: str) -> None:
    done = petrel("dlq", "redrive", unique, "--yes")
    assert done.exit_code == 1
    assert f"there is no Kafka topic {unique}" in done.stderr
