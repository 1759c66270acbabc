"""A Kafka record as a document with everything filled in, or the rule that it breaks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bundle.text import clean
from schemas.codec import InvalidRecord, convert, shown
from schemas.document import Document
from schemas.scored import Origin, ScoredDocument
from schemas.times import EPOCH, from_millis, isoformat, to_millis
from stream.decoders import decode_value
from stream.records import RawRecord
from stream.settings import Settings

# CloudEvents 1.0, Kafka binary content mode: attributes are headers that begin with `ce_`.
_CLOUD_EVENTS = {"id": "ce_id", "source": "ce_source", "published_at": "ce_time"}


class ParsedDocument(Struct, frozen=True):
    """A valid document; `title` and `text` as they came, id, times and source filled in.

    stale: it was older than the setting allows when it arrived.
    """

    document: Document
    id: str
    published_at: datetime
    arrived_at: datetime
    stale: bool
    source: str
    received_at: datetime
    origin: Origin

    @property
    def content(self) -> str:
        """What is classified."""
        return content(self.document)


def content(document: Document | ScoredDocument) -> str:
    """What is classified of it: the title, a line break, the text."""
    return f"{document.title}\n{document.text}" if document.title else document.text


def parse_record(record: RawRecord, settings: Settings, now: datetime) -> ParsedDocument:
    """The document in `record`.

    Raises:
        InvalidRecord: the record breaks a rule; the message states it and the value.
    """
    record.check_readable()
    if record.value is None:
        raise InvalidRecord("a record needs a value; this one is a tombstone")
    document = convert(_fields(record, settings), Document)
    _check_text(document)
    arrived_at = _arrived_at(record.timestamp, now)
    published_at = document.published_at or arrived_at
    _check_time(published_at, now, settings.max_future)
    topic = settings.topics.bare(record.topic)
    return ParsedDocument(
        document=document,
        id=document.id or f"{topic}/{record.partition}/{record.offset}",
        published_at=published_at,
        arrived_at=arrived_at,
        stale=(arrived_at - published_at).total_seconds() > settings.stale,
        source=document.source or topic,
        received_at=now,
        origin=record.origin,
    )


def _fields(record: RawRecord, settings: Settings) -> Any:
    fields = decode_value(record.value or b"", record.headers)
    if not isinstance(fields, dict):
        return fields
    if settings.unknown_fields == "ignore":
        fields = {name: fields[name] for name in Document.__struct_fields__ if name in fields}
    return _from_cloud_events(dict(record.headers), fields)


def _from_cloud_events(
    headers: Mapping[str, bytes | None], fields: dict[str, Any]
) -> dict[str, Any]:
    for field, header in _CLOUD_EVENTS.items():
        value = headers.get(header)
        if field not in fields and value is not None:
            fields[field] = value.decode("utf-8", "replace")
    return fields


def _arrived_at(timestamp: int, now: datetime) -> datetime:
    """When a record arrived: its Kafka timestamp, but no time that no clock can have said.

    A record that a producer dated ahead of our clock, or has no time, is here by now.
    """
    # What is beyond every calendar is ahead of the clock, too.
    return from_millis(timestamp) if 0 <= timestamp < to_millis(now) else now


def _check_text(document: Document) -> None:
    for name, value in (("title", document.title), ("text", document.text)):
        if value is not None and "\0" in value:
            raise InvalidRecord(f"`{name}` must hold no NUL; it is {shown(value)}")
    if not clean(document.text):
        raise InvalidRecord(
            f"`text` must hold more than white space, links and control characters;"
            f" it is {shown(document.text)}"
        )


def _check_time(published_at: datetime, now: datetime, max_future: float) -> None:
    if published_at < EPOCH:
        raise InvalidRecord(f"`published_at` must not be before 1970; it is {published_at}")
    if published_at > now + timedelta(seconds=max_future):
        raise InvalidRecord(
            f"`published_at` must be at most {max_future:g} s ahead of the clock"
            f" (PETREL_MAX_FUTURE); it is {published_at} and the clock says {isoformat(now)}"
        )
