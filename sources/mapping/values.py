"""Values of fields as feeds write them, in the form that a document has them in."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from schemas.codec import InvalidRecord
from schemas.foreign_json import parse_foreign
from sources.mapping.times import InvalidTime, parse_time

TIME_FIELDS = ("published_at", "arrived_at")
TEXT_FIELDS = ("text", "title")

# What stands where there is nothing: in tables written by pandas, of what was taken down, and of a
# long text that Debezium did not read because it did not change.
_NO_VALUE = frozenset(("", "nan", "none", "null", "nat", "[removed]", "[deleted]"))
_NO_TEXT = _NO_VALUE | {
    "[deleted by user]",
    "[ removed by reddit ]",
    "[ removed by moderator ]",
    "__debezium_unavailable_value",
    "n/a",
    "#n/a",
}
# A longer text is not looked at whole for each of these, nor one that begins with a letter or digit
# that none of them begins with: every field of every record is asked.
_MAX_NO_TEXT = 32
_BEGINNINGS = "nN"

_SEPARATOR = re.compile(r"[|;,]")


def is_absent(field: str, value: Any) -> bool:
    """Whether `value` says that there is nothing in `field`."""
    if isinstance(value, str):
        if value[:1].isalnum() and value[0] not in _BEGINNINGS:
            return False
        if len(value) > _MAX_NO_TEXT and not value.isspace():
            return False
        nothing = _NO_TEXT if field in TEXT_FIELDS else _NO_VALUE
        return value in nothing or value.strip().casefold() in nothing
    return value is None or value == [] or (isinstance(value, float) and math.isnan(value))


def normal(fields: Mapping[str, Any], zone: tzinfo | None) -> dict[str, Any]:
    """`fields` in the form of a document's, without those in which there is nothing.

    What cannot be brought into that form stays as it is. Times without a zone are of `zone`.
    """
    found = {
        field: value_form(field)[0](value, zone)
        for field, value in fields.items()
        if not is_absent(field, value)
    }
    return {field: value for field, value in found.items() if not is_absent(field, value)}


def value_form(field: str) -> tuple[Callable[[Any, tzinfo | None], Any], type]:
    """What brings a value of `field` into the form of a document's if it can, and its type then."""
    return _FORMS.get(field, (_as_text, str))


def _as_text(value: Any, _: tzinfo | None) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _as_prose(value: Any, _: tzinfo | None) -> Any:
    if isinstance(value, list):
        value = "\n".join(one for one in value if isinstance(one, str))
    return value.lstrip("\ufeff") if isinstance(value, str) else value


def _as_names(value: Any, zone: tzinfo | None) -> Any:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return _as_text(value, zone)


def _as_time(value: Any, zone: tzinfo | None) -> Any:
    try:
        return parse_time(value, zone)
    except InvalidTime:
        return value


def _as_list(value: Any, zone: tzinfo | None) -> Any:
    """A list of texts: of `["A", "B"]`, `"A, B"`, `"['A', 'B']"`, `A|B` or `A;B;`."""
    if isinstance(value, str):
        value = _listed(value.strip())
    if not isinstance(value, list):
        return value
    items = [_as_text(item, zone) for item in value]
    if any(not isinstance(item, str) for item in items if item is not None):
        return value
    return list(dict.fromkeys(item.strip() for item in items if item and item.strip()))


def _listed(text: str) -> list[Any]:
    if text[:1] == "[" and text[-1:] == "]":
        try:
            found = parse_foreign(text.encode())
        except InvalidRecord:
            found = [item.strip().strip("'\"") for item in text[1:-1].split(",")]
        return found if isinstance(found, list) else [found]
    return _SEPARATOR.split(text)


_FORMS: Mapping[str, tuple[Callable[[Any, tzinfo | None], Any], type]] = {
    **dict.fromkeys(TEXT_FIELDS, (_as_prose, str)),
    **dict.fromkeys(TIME_FIELDS, (_as_time, datetime)),
    "author": (_as_names, str),
    "entities": (_as_list, list),
}
