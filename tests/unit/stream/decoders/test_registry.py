"""Schemas come from a registry that may be slow, away, or wrong."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas import InvalidRecord
from stream.decoders import Formats, registry, schema_cache
from stream.decoders.registry import RegistryUnavailable, SchemaRegistry
from stream.decoders.schema_cache import SchemaCache, UnknownSchema
from tests.log_clock import clock_of
from tests.schema_server import SchemaServer, framed, schema_server

ITEM = {"type": "record", "name": "Item", "fields": [{"name": "text", "type": "string"}]}
LOGIN = {"username": "desk", "password": "s3cret"}
VALUE = framed(7, ITEM, {"text": "Acme falls"})


@pytest.fixture
async def server() -> AsyncIterator[SchemaServer]:
    async with schema_server() as running:
        yield running


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_RETRY_SECONDS", 0.0)


@asynccontextmanager
async def asked(server: SchemaServer, *ids: int, **login: str) -> AsyncIterator[Formats]:
    async with SchemaRegistry(server.url, **login) as found:
        formats = Formats(registry=found)
        await formats.fetch(ids)
        yield formats


async def test_record_is_read_by_the_schema_that_it_names(server: SchemaServer) -> None:
    server.register(7, ITEM)
    async with asked(server, 7) as formats:
        found = formats.decode(VALUE)

    assert (found.value, found.schema_id) == ({"text": "Acme falls"}, 7)


async def test_schema_is_asked_for_once(server: SchemaServer) -> None:
    server.register(7, ITEM)
    async with asked(server, 7) as formats:
        formats.begin()
        formats.decode(VALUE)

    assert server.asked == [7]


async def test_schema_that_was_not_asked_for_is_named(server: SchemaServer) -> None:
    async with asked(server) as formats:
        with pytest.raises(UnknownSchema) as caught:
            formats.decode(VALUE)

    assert caught.value.schema_id == 7


async def test_number_that_no_schema_can_have_is_not_asked_for(server: SchemaServer) -> None:
    async with asked(server) as formats:
        with pytest.raises(InvalidRecord, match="at most 2147483647; it is 4294967295") as caught:
            formats.decode(b"\x00\xff\xff\xff\xff text")

    assert not isinstance(caught.value, UnknownSchema)


@pytest.mark.parametrize(
    ("definition", "kind", "rule"),
    [
        (None, None, "no such schema"),
        ({"type": "object"}, "JSON", "only AVRO is read, and the schema is JSON"),
        ("syntax = 'proto3';", "PROTOBUF", "only AVRO is read, and the schema is PROTOBUF"),
        ({"type": "nope"}, "AVRO", "is no Avro schema"),
        ({"type": "enum", "name": "E", "symbols": ["a" * 2**20]}, None, "at most 1048576 bytes"),
    ],
)
async def test_schema_that_cannot_be_used_is_no_reason_to_wait(
    server: SchemaServer, definition: Any, kind: str | None, rule: str
) -> None:
    if definition is not None:
        server.register(7, definition, kind)
    async with asked(server, 7) as formats:
        with pytest.raises(InvalidRecord, match=f"schema id 7 .*{rule}"):
            formats.decode(VALUE)


@pytest.mark.parametrize("status", [302, 401, 429, 500, 503])
async def test_registry_that_is_away_is_asked_again(
    server: SchemaServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.register(7, ITEM)
    server.answers += [status, status]
    async with asked(server, 7) as formats:
        assert formats.decode(VALUE).value == {"text": "Acme falls"}

    sentence = f"{server.url} (PETREL_SCHEMA_REGISTRY) does not give the schema id 7: it answers"
    assert caplog.text.count(f"{sentence} with the status {status}; retrying") == 2
    assert server.asked == [7, 7, 7]


@pytest.mark.parametrize("code", [40401, 40402, 40403])
async def test_schema_is_missing_where_the_registry_says_so(
    server: SchemaServer, code: int
) -> None:
    server.missing = {"error_code": code, "message": "there is no schema 7"}
    async with asked(server, 7) as formats:
        with pytest.raises(InvalidRecord, match="the registry has no such schema"):
            formats.decode(VALUE)


@pytest.mark.parametrize("missing", [{"error_code": 404}, {"code": 404}, {"error_code": "40403"}])
async def test_404_that_is_about_no_schema_is_a_registry_that_is_away(
    server: SchemaServer, missing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    server.missing = missing

    with pytest.raises(RegistryUnavailable, match=r"the status 404 at .*/api/schemas/ids/7, and"):
        async with asked(server, 7):
            pass


async def test_wrong_path_of_a_registry_is_no_fault_of_records(
    server: SchemaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    server.register(7, ITEM)
    server.url = server.url.removesuffix("/api")

    with pytest.raises(RegistryUnavailable, match="is its path right") as caught:
        async with asked(server, 7, **LOGIN):
            pass

    assert f"404 at {server.url}/schemas/ids/7" in str(caught.value)
    assert LOGIN["password"] not in str(caught.value)


async def test_registry_that_answers_with_something_else_is_asked_again(
    server: SchemaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    server.schemas[7] = {"page": "log in"}

    with pytest.raises(RegistryUnavailable, match="its answer holds no schema"):
        async with asked(server, 7):
            pass


async def test_registry_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    async with schema_server() as gone:
        pass

    with pytest.raises(RegistryUnavailable, match=rf"{gone.url} .* schema id 7: ClientConnector"):
        async with asked(gone, 7):
            pass


async def test_registry_that_hangs_is_away(
    server: SchemaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_AWAY_SECONDS", 0.0)
    monkeypatch.setattr(registry, "_TIMEOUT_SECONDS", 0.01)
    server.may_answer.clear()

    with pytest.raises(RegistryUnavailable, match=r"no answer within 0\.01 s"):
        async with asked(server, 7):
            pass


async def test_login_is_sent_and_told_nobody(
    server: SchemaServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers += [401]
    async with asked(server, 7, **LOGIN) as formats:
        with pytest.raises(InvalidRecord) as caught:
            formats.decode(VALUE)

    login = b64encode(b"desk:s3cret").decode()
    assert server.headers["Authorization"] == f"Basic {login}"
    for secret in ("s3cret", login):
        assert secret not in caplog.text + str(caught.value)


async def test_schema_that_was_missing_is_asked_for_again_after_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, cache = clock_of(schema_cache, monkeypatch), SchemaCache()
    cache.refuse(7, "the registry has no such schema")
    cache.tidy()
    with pytest.raises(InvalidRecord, match="no such schema"):
        cache.get(7)

    clock.now = 60.0
    cache.tidy()
    with pytest.raises(UnknownSchema):
        cache.get(7)


def test_what_is_kept_of_schemas_that_senders_name_is_bounded() -> None:
    cache = SchemaCache()
    for schema_id in range(1001):
        cache.refuse(schema_id, "the registry has no such schema")
    cache.tidy()

    with pytest.raises(UnknownSchema):
        cache.get(0)
    with pytest.raises(InvalidRecord, match="no such schema"):
        cache.get(1000)
