"""Avro: a schema, and the values that were written with it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from io import BytesIO
from types import ModuleType
from typing import Any
from uuid import UUID

from schemas.codec import InvalidRecord, parse, shown
from schemas.times import isoformat

# Values are read by recursion in C, which has no limit of its own: some ten thousand levels end the
# process.
_MAX_DEPTH = 64

# A record in an array may take one byte, and 250 when it is read. The longest document has 410 kB.
_MAX_BYTES = 1024 * 1024

# To make a decimal of bytes takes the square of their number: of 1 MB, two minutes.
_MAX_DECIMAL_BYTES = 64


class AvroSchema:
    """A schema of a registry, where it has the id `schema_id`.

    Raises:
        InvalidRecord: `definition` is no Avro schema, or one by which a few bytes could take a
            worker's memory or its stack.
    """

    def __init__(self, schema_id: int, definition: str) -> None:
        library = _fastavro()
        self._id = schema_id
        self._read = library.schemaless_reader
        try:
            self._schema = library.parse_schema(parse(definition.encode()))
            _Nesting().of(self._schema)
        except InvalidRecord as error:
            raise InvalidRecord(f"schema id {schema_id} cannot be used: {error}") from None
        except Exception as error:
            raise InvalidRecord(f"schema id {schema_id} is no Avro schema: {error!r}") from error

    def read(self, data: bytes) -> Any:
        """The value in `data`, of what JSON has; bytes stay bytes.

        Raises:
            InvalidRecord: `data` was not written with this schema.
        """
        if len(data) > _MAX_BYTES:
            raise InvalidRecord(
                f"a value in Avro must have at most {_MAX_BYTES} bytes; this one of schema id"
                f" {self._id} has {len(data)}"
            )
        stream = BytesIO(data)
        try:
            value = _plain(self._read(stream, self._schema, None))
        except Exception as error:
            raise InvalidRecord(
                f"the bytes do not match the Avro schema id {self._id}: {error!r};"
                f" they begin {shown(data)}"
            ) from error
        if left := len(data) - stream.tell():
            raise InvalidRecord(
                f"the bytes do not match the Avro schema id {self._id}: {left} are left over;"
                f" they begin {shown(data)}"
            )
        return value


class _Nesting:
    """How deep values of a schema may be nested.

    Each value must take a byte, and none may hold its own type: otherwise some bytes could stand
    for more values than fit into memory.
    """

    def __init__(self) -> None:
        self._named: dict[str, int] = {}

    def of(self, schema: Any) -> int:
        """The levels of a schema that fastavro has parsed; raises `InvalidRecord`."""
        if isinstance(schema, list):
            # Which of a union it is takes a byte, so that null is none.
            levels = self._above(branch for branch in schema if branch != "null")
        elif isinstance(schema, str):
            levels = self._of_name(schema)
        else:
            levels = self._of_type(schema)
        if levels > _MAX_DEPTH:
            raise InvalidRecord(f"its values may be nested deeper than {_MAX_DEPTH} levels")
        return levels

    def _of_name(self, name: str) -> int:
        if name == "null":
            raise InvalidRecord("null takes no byte, and must be in a union")
        levels = self._named.get(name, 1)
        if not levels:
            raise InvalidRecord(f"{shown(name)} must not hold itself")
        return levels

    def _of_type(self, schema: Mapping[str, Any]) -> int:
        kind = schema["type"]
        if kind == "array":
            return 1 + self.of(schema["items"])
        if kind == "map":
            return 1 + self.of(schema["values"])
        if kind in ("record", "error"):
            return self._of_record(schema)
        if kind == "fixed" and not schema["size"]:
            raise InvalidRecord(f"{shown(schema['name'])} takes no byte")
        return 1 if kind in ("fixed", "enum") else self.of(kind)

    def _of_record(self, schema: Mapping[str, Any]) -> int:
        if not schema["fields"]:
            raise InvalidRecord(f"{shown(schema['name'])} must have a field")
        # Until it is known, whoever names it is inside it.
        self._named[schema["name"]] = 0
        levels = self._above(field["type"] for field in schema["fields"])
        self._named[schema["name"]] = levels
        return levels

    def _above(self, schemas: Any) -> int:
        return 1 + max(map(self.of, schemas), default=0)


@cache
def _fastavro() -> ModuleType:
    """The library, an extra that few need, made to refuse long decimals."""
    import fastavro
    from fastavro.read import LOGICAL_READERS

    for kind in ("bytes-decimal", "fixed-decimal"):
        LOGICAL_READERS[kind] = _bounded(LOGICAL_READERS[kind])
    return fastavro


def _bounded(reader: Callable[..., Any]) -> Callable[..., Any]:
    def read(data: bytes, *schemas: Any) -> Any:
        if len(data) > _MAX_DECIMAL_BYTES:
            raise InvalidRecord(
                f"a decimal must have at most {_MAX_DECIMAL_BYTES} bytes; one has {len(data)}"
            )
        return reader(data, *schemas)

    return read


def _plain(value: Any) -> Any:
    """`value`, changed in place, with times, numbers and ids as the texts that a document has."""
    if isinstance(value, dict):
        value.update((name, _plain(inner)) for name, inner in value.items())
        return value
    if isinstance(value, list):
        value[:] = map(_plain, value)
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return isoformat(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, UUID)) else value
