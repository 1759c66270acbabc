"""The settings say which Kafka topics hold plain text, and where the schemas are."""

import pytest

from schemas import InvalidRecord
from stream.decoders import registry
from stream.decoders.registry import RegistryUnavailable
from stream.formats import open_formats
from stream.settings import load
from tests.schema_server import framed, schema_server

ITEM = {"type": "record", "name": "Item", "fields": [{"name": "text", "type": "string"}]}


@pytest.mark.parametrize(("namespace", "topic"), [("", "posts"), ("replay-1", "replay-1.posts")])
async def test_text_is_read_from_the_topics_that_hold_it(namespace: str, topic: str) -> None:
    async with open_formats(load(text_inputs="posts, chats", namespace=namespace)) as formats:
        assert formats.decode(b"Acme falls", topic=topic).value == {"text": "Acme falls"}
        with pytest.raises(InvalidRecord, match="not JSON"):
            formats.decode(b"Acme falls", topic="wires")


async def test_schemas_are_asked_for_with_the_login() -> None:
    async with schema_server() as server:
        server.register(7, ITEM)
        settings = load(
            schema_registry=server.url,
            schema_registry_username="desk",
            schema_registry_password="s3cret",  # noqa: S106
        )
        async with open_formats(settings) as formats:
            await formats.fetch([7])
            found = formats.decode(framed(7, ITEM, {"text": "Acme falls"}))

    assert found.value == {"text": "Acme falls"}
    assert "Authorization" in server.headers


async def test_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)

    with pytest.raises(RegistryUnavailable, match=r"pip install 'petrel\[avro\]'"):
        async with open_formats(load(schema_registry="http://localhost:1")):
            pass
