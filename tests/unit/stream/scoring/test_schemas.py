"""Records in Avro wait for their schemas, and for no longer than for Kafka or Redis."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas import Origin
from stream.decoders import Formats, registry
from stream.decoders.registry import RegistryUnavailable, SchemaRegistry
from stream.records import Outgoing
from tests.schema_server import SchemaServer, framed, schema_server
from tests.unit.stream.scoring.test_pipeline import Bench, running


def item(*names: str) -> dict[str, Any]:
    fields = [{"name": name, "type": "string", "default": ""} for name in names]
    return {"type": "record", "name": "Item", "fields": fields}


OLD, NEW = item("id", "text", "language"), item("id", "text", "lang", "title")


@pytest.fixture
async def server() -> AsyncIterator[SchemaServer]:
    async with schema_server() as found:
        yield found


@pytest.fixture
async def bench(server: SchemaServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(registry, "_RETRY_SECONDS", 0.0)
    async with SchemaRegistry(server.url) as found:
        yield Bench(formats=Formats(registry=found), unknown_fields="ignore")


def old(name: str) -> bytes:
    return framed(1, OLD, {"id": name, "text": name, "language": "en"})


def new(name: str) -> bytes:
    return framed(2, NEW, {"id": name, "text": name, "lang": "en", "title": "Acme"})


def errors(sent: list[Outgoing]) -> list[str]:
    headers = [dict(one.headers or ()) for one in sent if one.topic.endswith(".dlq")]
    return [(one["petrel-dlq-error"] or b"").decode() for one in headers]


async def test_one_topic_may_hold_values_of_two_schemas(server: SchemaServer, bench: Bench) -> None:
    server.register(1, OLD)
    server.register(2, NEW)
    async with running(bench):
        await bench.put("a", old("a"))
        await bench.put("b", new("b"))
        await bench.put("c", old("c"))
        await bench.until("abc")

    found = [(one.id, one.title, one.lang, one.origin) for one in bench.out.documents]
    assert found == [
        ("a", None, "en", Origin("news.raw.v1", 0, ord("a"), 1)),
        ("b", "Acme", "en", Origin("news.raw.v1", 0, ord("b"), 2)),
        ("c", None, "en", Origin("news.raw.v1", 0, ord("c"), 1)),
    ]


async def test_records_wait_for_a_registry_that_is_away(
    server: SchemaServer, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    server.register(1, OLD)
    server.answers += [503, 503, 503]
    async with running(bench):
        await bench.put("a", old("a"))
        await bench.send("b")
        await bench.until("ab")

    assert [one.id for one in bench.out.documents] == ["a", "b"]
    assert errors(bench.out.sent) == []
    assert f"{server.url} (PETREL_SCHEMA_REGISTRY) does not give the schema id 1" in caplog.text


async def test_registry_that_stays_away_ends_the_work_with_nothing_acknowledged(
    server: SchemaServer, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    server.answers += [503]
    await bench.put("a", old("a"))

    with pytest.raises(RegistryUnavailable, match="schema id 1: it answers with the status 503"):
        await bench.pipeline.run()

    assert (bench.acknowledged, bench.out.sent) == ([], [])


async def test_record_of_a_schema_that_is_nowhere_is_set_aside(
    server: SchemaServer, bench: Bench
) -> None:
    server.register(2, NEW)
    async with running(bench):
        await bench.put("a", old("a"))
        await bench.put("b", new("b"))
        await bench.until("ab")

    assert [one.topic for one in bench.out.sent] == ["news.raw.v1.dlq", "sentiment.scored.v1"]
    (error,) = errors(bench.out.sent)
    assert error.endswith(f"schema id 1 of {server.url}: the registry has no such schema")


async def test_value_without_a_text_is_set_aside(server: SchemaServer, bench: Bench) -> None:
    server.register(3, item("headline"))
    async with running(bench):
        await bench.put("a", framed(3, item("headline"), {"headline": "Acme falls"}))
        await bench.until("a")

    (error,) = errors(bench.out.sent)
    assert "there is neither a text nor a title" in error


async def test_without_a_registry_the_setting_is_named() -> None:
    bench = Bench()
    async with running(bench):
        await bench.put("a", old("a"))
        await bench.until("a")

    (error,) = errors(bench.out.sent)
    assert "schema id 1: set PETREL_SCHEMA_REGISTRY" in error
