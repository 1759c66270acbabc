"""A row out of JSON, also of what other programs write that JSON does not know."""

from collections.abc import Callable
from typing import Any

from schemas.codec import InvalidRecord, shown
from schemas.foreign_json import parse_foreign
from sources.files.row import Row, RowError


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
    """The JSON value in `data`, as `parse_foreign` reads it.

    Raises:
        RowError: made by `error`: it is not JSON in UTF-8.
    """
    try:
        return parse_foreign(data)
    except InvalidRecord as rule:
        raise error(rule) from None
