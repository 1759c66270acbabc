"""Values in Avro as a document can hold them; schemas by which a few bytes could do harm."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import fastavro
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import InvalidRecord
from stream.decoders.avro import AvroSchema


def record(*fields: tuple[str, Any]) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "news.Item",
        "fields": [{"name": name, "type": kind} for name, kind in fields],
    }


def written(definition: Any, value: object) -> bytes:
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(definition), value)
    return stream.getvalue()


def schema(definition: Any) -> AvroSchema:
    return AvroSchema(7, orjson.dumps(definition).decode())


NOON = datetime(2026, 3, 17, 12, 0, 0, 250_000, tzinfo=UTC)
NESTED = {"type": "record", "name": "Desk", "fields": [{"name": "city", "type": "string"}]}


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ({"type": "long", "logicalType": "timestamp-millis"}, NOON, "2026-03-17T12:00:00.250Z"),
        ({"type": "long", "logicalType": "timestamp-micros"}, NOON, "2026-03-17T12:00:00.250Z"),
        ({"type": "int", "logicalType": "date"}, date(2026, 3, 17), "2026-03-17"),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
            Decimal("12.50"),
            "12.50",
        ),
        (
            {"type": "string", "logicalType": "uuid"},
            UUID("6f1c0f0e-6a55-4a3e-9f0d-4c3b6f1f9f11"),
            "6f1c0f0e-6a55-4a3e-9f0d-4c3b6f1f9f11",
        ),
        (["null", "string"], "en", "en"),
        (["null", "string"], None, None),
        (["null", NESTED], {"city": "Linz"}, {"city": "Linz"}),
        ({"type": "enum", "name": "Lang", "symbols": ["en", "zh"]}, "zh", "zh"),
        ({"type": "array", "items": NESTED}, [{"city": "Linz"}], [{"city": "Linz"}]),
        ({"type": "map", "values": "long"}, {"a": 1}, {"a": 1}),
    ],
)
def test_value_is_what_a_document_can_hold(kind: Any, value: object, found: object) -> None:
    definition = record(("field", kind))

    assert schema(definition).read(written(definition, {"field": value})) == {"field": found}


def chain(length: int) -> list[Any]:
    """Records, each of which holds the one before."""
    first = {"type": "record", "name": "R0", "fields": [{"name": "f", "type": "int"}]}
    others = (
        {"type": "record", "name": f"R{n}", "fields": [{"name": "f", "type": f"R{n - 1}"}]}
        for n in range(1, length)
    )
    return [first, *others]


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (record(("next", ["null", "news.Item"])), "'news.Item' must not hold itself"),
        (record(("all", {"type": "array", "items": "null"})), "null takes no byte"),
        (record(("all", {"type": "array", "items": {"type": "null"}})), "null takes no byte"),
        (record(("all", {"type": "fixed", "name": "F", "size": 0})), "'news.F' takes no byte"),
        (record(), "'news.Item' must have a field"),
        (chain(70), "nested deeper than 64"),
        ({"type": "nope"}, "is no Avro schema"),
        (5, "is no Avro schema"),
    ],
)
def test_schema_that_cannot_be_used_is_refused(definition: Any, rule: str) -> None:
    with pytest.raises(InvalidRecord, match=rf"schema id 7 .*{rule}"):
        schema(definition)


def test_schema_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="schema id 7 cannot be used: not JSON"):
        AvroSchema(7, "{")


def test_type_may_be_used_twice() -> None:
    definition = record(("home", NESTED), ("away", "Desk"))
    value = {"home": {"city": "Linz"}, "away": {"city": "Graz"}}

    assert schema(definition).read(written(definition, value)) == value


DEFINITION = record(
    ("text", ["null", "string"]),
    ("at", {"type": "long", "logicalType": "timestamp-micros"}),
    ("tags", {"type": "array", "items": ["null", "string", "int"]}),
    ("price", {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}),
    ("more", {"type": "map", "values": {"type": "enum", "name": "E", "symbols": ["a"]}}),
)


@given(st.binary())
def test_bytes_of_whatever_kind_match_or_are_refused(data: bytes) -> None:
    try:
        schema(DEFINITION).read(data)
    except InvalidRecord as error:
        assert "do not match the Avro schema id 7" in str(error)  # noqa: PT017


def test_long_decimal_is_not_made() -> None:
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}

    with pytest.raises(InvalidRecord, match="at most 64 bytes; one has 1000000"):
        schema(kind).read(written("bytes", b"\x7f" * 1_000_000))


def test_large_value_is_not_read() -> None:
    with pytest.raises(InvalidRecord, match=r"at most 1048576 bytes; .* schema id 7 has 1048577"):
        schema({"type": "array", "items": "int"}).read(bytes(1_048_577))


def test_bytes_that_are_left_over_are_told() -> None:
    with pytest.raises(InvalidRecord, match="schema id 7: 3 are left over"):
        schema("int").read(b"\x02abc")
