"""The id of a document whose deletion a record asks for."""

from collections.abc import Mapping
from typing import Any

from schemas.codec import InvalidRecord, parse
from sources.mapping.mapper import Mapper
from sources.mapping.values import value_form
from stream.decoders.content import Deletion

# As a document's: 5.0 in JSON is 5.
_FORM, _ = value_form("id")


def deleted_id(deletion: Deletion, mapper: Mapper | None) -> str | None:
    """The id in what is left of the row, else in the key, else the key; none if that is empty.

    `mapper` is that of the record's Kafka topic, if it has one.
    """
    key = deletion.key or b""
    return (
        _id(deletion.row, mapper) or _id(_key_fields(key), mapper) or key.decode("utf-8", "replace")
    ) or None


def _id(row: Mapping[str, Any], mapper: Mapper | None) -> str | None:
    fields = mapper.fields(row) if mapper else {"id": _FORM(row.get("id"), None)}
    found = fields.get("id")
    return None if found is None else str(found)


def _key_fields(key: bytes) -> Mapping[str, Any]:
    """The fields of a key in JSON, which Kafka Connect may have wrapped with a schema."""
    if not key.startswith(b"{"):
        return {}
    try:
        fields = parse(key)
    except InvalidRecord:
        return {}
    payload = fields.get("payload") if "schema" in fields else None
    return payload if isinstance(payload, dict) else fields
