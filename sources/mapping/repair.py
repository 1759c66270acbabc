"""A document of fields of which some break a bound: these are cut or left out, and noted."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from schemas.codec import InvalidRecord, convert, shown
from schemas.document import (
    MAX_ENTITIES,
    MAX_LANG,
    MAX_TEXT,
    MAX_TITLE,
    MAX_URL,
    MAX_WORD,
    Document,
)
from sources.mapping.times import InvalidTime, parse_time
from sources.mapping.values import TIME_FIELDS, is_absent, normal

# Half of an emoji that was cut, or bytes of another encoding, here or wherever the text was before.
_REPLACEMENT = "\ufffd"


class ReadDocument(NamedTuple):
    """A document, and what of it was cut off, left out or could not be read."""

    document: Document
    notes: list[str]


def read_document(
    fields: Any, zone: tzinfo | None = None, record: Any | None = None
) -> ReadDocument:
    """The document that `fields` make, out of `record`; times without a zone are of `zone`.

    A title without a text is the text, and one that says the same as the text is left out.

    Raises:
        InvalidRecord: there is no text, or a field that no document has.
    """
    if not isinstance(fields, dict):
        raise InvalidRecord(f"a document must be an object with fields; it is {shown(fields)}")
    record = fields if record is None else record
    notes: list[str] = []
    try:
        document = convert(fields, Document)
    except InvalidRecord:
        document = None
    if document is None or _needs_repair(document):
        document = convert(_repaired(fields, zone, notes, record), Document)
    for field, text in (("title", document.title), ("text", document.text)):
        if text and _REPLACEMENT in text:
            notes.append(f"{field}: U+FFFD stands for what could not be read")
    return ReadDocument(document, notes)


def _repaired(
    fields: Mapping[str, Any], zone: tzinfo | None, notes: list[str], record: Any
) -> dict[str, Any]:
    found = _with_text(normal(fields, zone))
    if "text" not in found:
        raise InvalidRecord(f"there is neither a text nor a title in {shown(record)}")
    bounded = {}
    for field, value in found.items():
        kept, note = _BOUNDS[field](value, zone) if field in _BOUNDS else (value, None)
        if note:
            notes.append(f"{field}: {note}")
        if kept is not None:
            bounded[field] = kept
    return bounded


def _needs_repair(document: Document) -> bool:
    """Whether a document that keeps to the types says nothing, or the same twice."""
    title = document.title
    if title is not None and (title == document.text or "\0" in title):
        return True
    return is_absent("text", document.text)


def _with_text(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` with the title as text where there is none, and without one that is the text."""
    title = fields.get("title")
    if title is None or fields.get("text", title) != title:
        return fields
    return {**{field: value for field, value in fields.items() if field != "title"}, "text": title}


# What is kept of a value, if anything, and what is to be noted.
Bounded = tuple[Any, str | None]
_Bound = Callable[[Any, tzinfo | None], Bounded]


def _cut(limit: int) -> _Bound:
    def bound(value: Any, _: tzinfo | None) -> Bounded:
        if not isinstance(value, str):
            return None, f"left out; it must be a text, not {shown(value)}"
        if len(value) <= limit:
            return value, None
        return value[:limit], f"cut to {limit:,} of {len(value):,} characters"

    return bound


def _whole(limit: int) -> _Bound:
    """Of what means nothing, or something else, when it is cut."""

    def bound(value: Any, _: tzinfo | None) -> Bounded:
        if isinstance(value, str) and len(value) <= limit:
            return value, None
        return None, f"left out; it must be a text of at most {limit:,} characters: {shown(value)}"

    return bound


def _text(value: Any, zone: tzinfo | None) -> Bounded:
    # What is no text at all is for `convert` to refuse.
    return _cut(MAX_TEXT)(value, zone) if isinstance(value, str) else (value, None)


def _title(value: Any, zone: tzinfo | None) -> Bounded:
    if isinstance(value, str) and "\0" in value:
        return _cut(MAX_TITLE)(value.replace("\0", ""), zone)[0], "NUL taken out"
    return _cut(MAX_TITLE)(value, zone)


def _time(value: Any, zone: tzinfo | None) -> Bounded:
    try:
        return parse_time(value, zone), None
    except InvalidTime as error:
        return None, f"left out; {error}"


def _entities(value: Any, _: tzinfo | None) -> Bounded:
    if not isinstance(value, list):
        return None, f"left out; it must be a list of texts, not {shown(value)}"
    kept = [one for one in value if isinstance(one, str) and 0 < len(one) <= MAX_WORD]
    kept = kept[:MAX_ENTITIES]
    return kept, None if len(kept) == len(value) else f"{len(kept)} of {len(value)} kept"


_BOUNDS: Mapping[str, _Bound] = {
    "text": _text,
    "title": _title,
    "id": _whole(MAX_WORD),
    "source": _cut(MAX_WORD),
    "author": _cut(MAX_WORD),
    "lang": _whole(MAX_LANG),
    "url": _whole(MAX_URL),
    "entities": _entities,
    **dict.fromkeys(TIME_FIELDS, _time),
}
