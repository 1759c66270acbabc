import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from jsonschema import Draft202012Validator

from schemas import Topics, encode, generate
from schemas.deadletter import header_name
from tests.records import DEAD_LETTER, DOCUMENT, RECORDS

FILES = dict(generate.files())
API: dict[str, Any] = orjson.loads((generate.HOME / "asyncapi.json").read_bytes())


def validator(record: msgspec.Struct) -> Draft202012Validator:
    path = generate.HOME / "json" / f"{type(record).__name__}.json"
    return Draft202012Validator(orjson.loads(path.read_bytes()))


# The files are what the types say.


@pytest.mark.parametrize(("name", "text"), FILES.items(), ids=FILES)
def test_committed_file_is_what_the_types_say(name: str, text: str) -> None:
    committed = (generate.HOME / name).read_text("utf-8")
    assert committed == text, "run python -m schemas.generate"


def test_no_other_file_lies_beside_them() -> None:
    found = {f"json/{path.name}" for path in (generate.HOME / "json").iterdir()}
    assert found == FILES.keys() - {"asyncapi.json"}


def test_check_passes_on_what_was_written(tmp_path: Path) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0


def test_check_names_the_file_that_drifted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.main([], tmp_path)
    (tmp_path / "json" / "Alert.json").write_text("{}")
    assert generate.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.startswith("json/Alert.json is not")


def test_check_notices_a_missing_file(tmp_path: Path) -> None:
    assert generate.main(["--check"], tmp_path) == 1


# JSON Schema.


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_schema_is_valid_and_takes_the_record(record: msgspec.Struct) -> None:
    found = validator(record)
    found.check_schema(found.schema)
    found.validate(orjson.loads(encode(record)))


@pytest.mark.parametrize(
    "change",
    [{"text": ""}, {"text": None}, {"mood": "grim"}, {"entities": [1]}, {"id": "a" * 257}],
    ids=str,
)
def test_schema_refuses_what_the_codec_refuses(change: dict[str, Any]) -> None:
    value = orjson.loads(encode(DOCUMENT)) | change
    assert not validator(DOCUMENT).is_valid(value)


# AsyncAPI 3.0.0: required fields as its specification names them.


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference: str) -> Any:
    node: Any = API
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("reference", sorted(set(references(API))))
def test_reference_resolves(reference: str) -> None:
    assert reference.startswith("#/")
    assert isinstance(resolve(reference), dict)


def test_document_says_what_it_is() -> None:
    assert API["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= API["info"].keys()


def test_every_kafka_topic_is_a_channel() -> None:
    addresses = {channel["address"] for channel in API["channels"].values()}
    topics = Topics()
    ours = {topics.scored, topics.windows, topics.alerts, topics.feedback}
    assert addresses == ours | {"news.raw.v1", "social.raw.v1", "{topic}.dlq"}


@pytest.mark.parametrize("name", API["channels"])
def test_channel_has_messages_bindings_and_its_parameters(name: str) -> None:
    channel = API["channels"][name]
    assert channel["messages"]
    assert channel["bindings"]["kafka"]["bindingVersion"] == "0.5.0"
    assert set(re.findall(r"\{(\w+)\}", channel["address"])) == {*channel.get("parameters", {})}


@pytest.mark.parametrize("name", API["operations"])
def test_operation_sends_or_receives_messages_of_its_channel(name: str) -> None:
    operation = API["operations"][name]
    channel = operation["channel"]["$ref"]
    assert operation["action"] in {"send", "receive"}
    assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])


@pytest.mark.parametrize("name", API["components"]["messages"])
def test_message_has_payload_and_key(name: str) -> None:
    message = API["components"]["messages"][name]
    assert isinstance(message["payload"], dict)
    assert message["bindings"]["kafka"]["key"]["description"]


def test_schemas_of_the_document_are_schemas() -> None:
    for schema in API["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_scored_topic_carries_heartbeats_too() -> None:
    assert {*API["channels"]["scored"]["messages"]} == {"ScoredDocument", "Heartbeat"}


def test_dead_letter_headers_are_those_on_the_wire() -> None:
    headers = API["components"]["messages"]["DeadLetter"]["headers"]
    sent = {name: value.decode() for name, value in DEAD_LETTER.to_kafka() if value}
    assert headers["properties"].keys() - headers["required"] == {header_name("cut")}
    Draft202012Validator(headers).validate(sent)
