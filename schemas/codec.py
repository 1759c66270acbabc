"""orjson on the wire, msgspec for the types: bytes in, a typed record out, and back."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
import orjson

from schemas.errors import PetrelError
from schemas.times import isoformat

Record = TypeVar("Record", bound=msgspec.Struct)

# A value in an error message longer than this would make the message the hazard.
_SHOWN = 80


class InvalidRecord(PetrelError):
    """A record that breaks the contract; the message states the rule and the value."""


def encode(record: msgspec.Struct) -> bytes:
    """`record` as compact JSON with RFC 3339 millisecond times."""
    return orjson.dumps(
        msgspec.to_builtins(record, builtin_types=(datetime,)),
        default=_encode_time,
        option=orjson.OPT_PASSTHROUGH_DATETIME,
    )


def decode(data: bytes, kind: type[Record]) -> Record:
    """The `kind` that `data` holds.

    Raises:
        InvalidRecord: `data` is not UTF-8, not JSON, or not of the shape of `kind`.
    """
    return convert(parse(data), kind)


def parse(data: bytes) -> Any:
    """The JSON value in `data`; raises `InvalidRecord` when it is not UTF-8 or not JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidRecord(
            f"not JSON in UTF-8: {error}; the record begins {shown(data)}"
        ) from None


def convert(value: Any, kind: type[Record]) -> Record:
    """`value` as a `kind`; raises `InvalidRecord` when a field breaks its rule."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InvalidRecord(f"{error}; the record is {shown(value)}") from None


def shown(value: Any) -> str:
    """`value` as it may stand in an error message: escaped, and cut when long."""
    if isinstance(value, bytes | str) and len(value) > _SHOWN:
        # Of a line of 10 MB only the beginning is escaped.
        unit = "bytes" if isinstance(value, bytes) else "characters"
        return f"{repr(value[:_SHOWN])[:_SHOWN]}… ({len(value)} {unit})"
    try:
        text = repr(value)
    except RecursionError:
        return f"{type(value).__name__} that is nested too deep to be shown"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def _encode_time(value: Any) -> str:
    if isinstance(value, datetime):
        return isoformat(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
