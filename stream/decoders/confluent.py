"""Confluent's framing: a zero, the id of a schema in four bytes, and what was written with it."""

from schemas.codec import InvalidRecord, shown
from stream.decoders.content import Content
from stream.decoders.schema_cache import SchemaCache

_MAGIC = b"\x00"
_HEAD_BYTES = 5
# A registry knows no larger number, and answers as for a wrong path: a record that is none of
# Confluent's would end every worker.
_MAX_ID = 2**31 - 1


class ConfluentDecoder:
    """Avro, by the schemas of a registry; there may be no registry."""

    name = "Avro in Confluent's framing"

    def __init__(self, schemas: SchemaCache | None) -> None:
        self._schemas = schemas

    def accepts(self, content: Content) -> bool:
        return content.starts_with(_MAGIC) and len(content.value) >= _HEAD_BYTES

    def decode(self, content: Content) -> Content:
        schema_id = int.from_bytes(content.value[len(_MAGIC) : _HEAD_BYTES], "big")
        if schema_id > _MAX_ID:
            raise InvalidRecord(
                f"Confluent's framing: a schema id must be at most {_MAX_ID}; it is {schema_id},"
                f" and the record begins {shown(content.value)}"
            )
        if self._schemas is None:
            raise InvalidRecord(
                f"Confluent's framing, schema id {schema_id}: set PETREL_SCHEMA_REGISTRY to have"
                f" it read; the record begins {shown(content.value)}"
            )
        schema = self._schemas.get(schema_id)
        return content.holding(schema.read(content.value[_HEAD_BYTES:]), schema_id=schema_id)
