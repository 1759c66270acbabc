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
    return _id(deletion.row, mapper) or _id_of_key(deletion.key or b"", mapper) or None


def _id(row: Mapping[str, Any], mapper: Mapper | None) -> str | None:
    fields = mapper.fields(row) if mapper else {"id": _FORM(row.get("id"), None)}
    found = fields.get("id")
    return None if found is None else str(found)


def _id_of_key(key: bytes, mapper: Mapper | None) -> str:
    """The id in a key in JSON, which Kafka Connect may have wrapped with a schema; else the key."""
    whole = key.decode("utf-8", "replace")
    if not key.startswith(b"{"):
        return whole
    try:
        value = parse(key)
    except InvalidRecord:
        return whole
    if "schema" in value and "payload" in value:
        value = value["payload"]
    # Connect's keys of one column are no objects.
    found = _id(value, mapper) if isinstance(value, dict) else _id({"id": value}, None)
    return found or whole
