"""A Kafka record as a document with everything filled in, or the rule that it breaks."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bundle.text import clean
from schemas.codec import InvalidRecord, shown
from schemas.document import Document
from schemas.scored import Origin, ScoredDocument
from schemas.times import EPOCH, from_millis, to_millis
from sources.mapping.mapper import FIELDS, Mapper
from sources.mapping.repair import ReadDocument, read_document
from stream.decoders import decode_value
from stream.records import DOCUMENT_HEADER, RawRecord
from stream.settings import Settings

# CloudEvents 1.0, Kafka binary content mode: attributes are headers that begin with `ce_`.
_CLOUD_EVENTS = {"id": "ce_id", "source": "ce_source", "published_at": "ce_time"}

NO_MAPPERS: Mapping[str, Mapper] = {}


class ParsedDocument(Struct, frozen=True):
    """A valid document; `title` and `text` as they came, id, times and source filled in.

    stale: it was older than the setting allows when it arrived. notes: what of it was cut off or
    left out.
    """

    document: Document
    id: str
    published_at: datetime
    arrived_at: datetime
    stale: bool
    source: str
    received_at: datetime
    origin: Origin
    notes: Sequence[str] = ()

    @property
    def content(self) -> str:
        """What is classified."""
        return content(self.document)


def content(document: Document | ScoredDocument) -> str:
    """What is classified of it: the title, a line break, the text."""
    return f"{document.title}\n{document.text}" if document.title else document.text


def parse_record(
    record: RawRecord, settings: Settings, now: datetime, mappers: Mapping[str, Mapper] = NO_MAPPERS
) -> ParsedDocument:
    """The document in `record`, by the mapper of its Kafka topic if it has one.

    Raises:
        InvalidRecord: the record breaks a rule; the message states it and the value.
    """
    record.check_readable()
    if record.value is None:
        raise InvalidRecord("a record needs a value; this one is a tombstone")
    topic = settings.topics.bare(record.topic)
    document, notes = _read(record, settings, mappers.get(topic))
    _check_text(document)
    arrived_at = _arrived_at(record.timestamp, now)
    published_at = document.published_at or arrived_at
    if problem := _time_problem(published_at, now, settings.max_future):
        published_at = arrived_at
        notes = [*notes, problem]
    return ParsedDocument(
        document=document,
        id=document.id or f"{topic}/{record.partition}/{record.offset}",
        published_at=published_at,
        arrived_at=arrived_at,
        stale=(arrived_at - published_at).total_seconds() > settings.stale,
        source=document.source or topic,
        received_at=now,
        origin=record.origin,
        notes=notes,
    )


def _read(record: RawRecord, settings: Settings, mapper: Mapper | None) -> ReadDocument:
    headers = dict(record.headers)
    value = decode_value(record.value or b"", record.headers)
    if mapper and DOCUMENT_HEADER not in headers:
        return _mapped(value, mapper)
    fields = value
    if isinstance(value, dict):
        if settings.unknown_fields == "ignore":
            fields = {name: value[name] for name in FIELDS if name in value}
        fields = _from_cloud_events(headers, fields)
    return read_document(fields, record=value)


def _mapped(value: Any, mapper: Mapper) -> ReadDocument:
    rows = mapper.rows(value)
    if len(rows) != 1:
        raise InvalidRecord(
            f"a Kafka record must hold one document; this one holds {len(rows)}: {shown(value)}"
        )
    return mapper.document(rows[0])


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
    if "\0" in document.text:
        raise InvalidRecord(f"`text` must hold no NUL; it is {shown(document.text)}")
    if not clean(document.text) and not clean(document.title or ""):
        raise InvalidRecord(
            f"`text` must hold more than white space, links and control characters;"
            f" it is {shown(document.text)}"
        )


def _time_problem(published_at: datetime, now: datetime, max_future: float) -> str | None:
    """Why `published_at` is not believed, if it is not."""
    if published_at < EPOCH:
        return f"published_at: left out; it must not be before 1970: {published_at}"
    if published_at > now + timedelta(seconds=max_future):
        return (
            f"published_at: left out; it must be at most {max_future:g} s ahead of the clock"
            f" (PETREL_MAX_FUTURE): {published_at}"
        )
    return None
