"""A row out of JSON, also of what other programs write that JSON does not know."""

import json
import re
from collections.abc import Callable
from typing import Any

import orjson

from schemas.codec import shown
from sources.files.row import Row, RowError

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_row(data: bytes, error: Callable[[object], RowError]) -> Row:
    """The row in `data`; an array has the columns "0", "1" and so on.

    Raises:
        RowError: made by `error`: it is not JSON, or neither an object nor an array.
    """
    return row_of(json_value(data, error), error)


def row_of(value: Any, error: Callable[[object], RowError]) -> Row:
    """`value` as a row; raises as `json_row` does."""
    if isinstance(value, list):
        return {str(position): cell for position, cell in enumerate(value)}
    if not isinstance(value, dict):
        raise error(f"a row must be a JSON object or array; it is {shown(value)}")
    return value


def json_value(data: bytes, error: Callable[[object], RowError]) -> Any:
    """The JSON value in `data`; NaN and Infinity are null, half a surrogate pair is U+FFFD.

    Raises:
        RowError: made by `error`: it is not JSON in UTF-8.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as strict:
        try:
            return _lenient(data)
        except (ValueError, RecursionError):
            raise error(f"not JSON in UTF-8: {strict}; it begins {shown(data[:80])}") from None


def _lenient(data: bytes) -> Any:
    value = json.loads(data.decode("utf-8"), parse_constant=lambda _: None)
    return _with_whole_characters(value) if rb"\u" in data else value


def _with_whole_characters(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_with_whole_characters(part) for part in value]
    if isinstance(value, dict):
        parts = value.items()
        return {_with_whole_characters(k): _with_whole_characters(v) for k, v in parts}
    return value
