"""The schemas that a registry has answered with, and why it gave no others."""

import time
from typing import TypeVar

from schemas.codec import InvalidRecord
from stream.decoders.avro import AvroSchema

Entry = TypeVar("Entry")

# A sender can name any number of schemas: what is kept of them must not fill the memory.
_MAX_SCHEMAS = 1000
# A schema may be registered after its first record came.
_REFUSED_SECONDS = 60.0


class UnknownSchema(InvalidRecord):
    """A record whose schema the registry has not been asked for."""

    def __init__(self, schema_id: int) -> None:
        super().__init__(f"schema id {schema_id} is not known yet")
        self.schema_id = schema_id


class SchemaCache:
    """Schemas by id. One that was found stays, as ids are never given again."""

    def __init__(self) -> None:
        self._schemas: dict[int, AvroSchema] = {}
        self._refused: dict[int, tuple[str, float]] = {}

    def get(self, schema_id: int) -> AvroSchema:
        """The schema with this id.

        Raises:
            UnknownSchema: the registry is to be asked for it.
            InvalidRecord: the registry has none of this id that can be used.
        """
        if schema_id in self._refused:
            raise InvalidRecord(self._refused[schema_id][0])
        if schema_id not in self._schemas:
            raise UnknownSchema(schema_id)
        return self._schemas[schema_id]

    def keep(self, schema_id: int, schema: AvroSchema) -> None:
        """Keep what the registry answered."""
        self._schemas[schema_id] = schema

    def refuse(self, schema_id: int, reason: str) -> None:
        """Keep for a while why there is no such schema."""
        self._refused[schema_id] = reason, time.monotonic()

    def tidy(self) -> None:
        """Drop what is to be asked for again; between two calls nothing is dropped."""
        now = time.monotonic()
        self._refused = {
            schema_id: (reason, since)
            for schema_id, (reason, since) in _last(self._refused).items()
            if now - since < _REFUSED_SECONDS
        }
        self._schemas = _last(self._schemas)


def _last(entries: dict[int, Entry]) -> dict[int, Entry]:
    return entries if len(entries) <= _MAX_SCHEMAS else dict([*entries.items()][-_MAX_SCHEMAS:])
