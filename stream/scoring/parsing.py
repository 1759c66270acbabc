"""A Kafka record as a document with everything filled in, or the rule that it breaks."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from schemas.codec import InvalidRecord, shown
from schemas.document import Document
from schemas.scored import Origin
from schemas.times import EPOCH, from_millis, to_millis
from sources.mapping.mapper import FIELDS, Mapper
from sources.mapping.repair import ReadDocument, read_document
from stream.decoders import Formats
from stream.decoders.content import Content
from stream.records import DOCUMENT_HEADER, RawRecord
from stream.scoring.reading import DocumentReading, content, read_content
from stream.settings import Settings

NO_MAPPERS: Mapping[str, Mapper] = {}

# Those that need no setting.
_FORMATS = Formats()


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
    reading: DocumentReading
    notes: Sequence[str] = ()

    @property
    def content(self) -> str:
        """What `reading` was read from."""
        return content(self.document)


def parse_record(
    record: RawRecord,
    settings: Settings,
    now: datetime,
    mappers: Mapping[str, Mapper] = NO_MAPPERS,
    formats: Formats = _FORMATS,
) -> ParsedDocument:
    """The document in `record`, in any format, by the mapper of its Kafka topic if it has one.

    Raises:
        InvalidRecord: the record breaks a rule; the message states it and the value.
        Deletion: the record asks for the deletion of a document.
    """
    record.check_readable()
    topic = settings.topics.bare(record.topic)
    decoded = formats.decode(record.value, record.headers, topic=record.topic, key=record.key)
    is_ours = any(name == DOCUMENT_HEADER for name, _ in record.headers)
    document, notes = _read(decoded, settings, None if is_ours else mappers.get(topic))
    reading = read_content(document)
    _check_text(document, reading)
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
        origin=replace(record.origin, schema_id=decoded.schema_id),
        reading=reading,
        notes=notes,
    )


def _read(content: Content, settings: Settings, mapper: Mapper | None) -> ReadDocument:
    if mapper:
        return _mapped(content, mapper)
    fields = value = content.value
    if isinstance(value, dict):
        if settings.unknown_fields == "ignore":
            fields = {name: value[name] for name in FIELDS if name in value}
        fields = {**content.defaults, **fields}
    return read_document(fields, record=value)


def _mapped(content: Content, mapper: Mapper) -> ReadDocument:
    rows = mapper.rows(content.value)
    if len(rows) != 1:
        raise InvalidRecord(
            f"a Kafka record must hold one document; this one holds {len(rows)}:"
            f" {shown(content.value)}"
        )
    return read_document({**content.defaults, **mapper.fields(rows[0])}, mapper.zone, rows[0])


def _arrived_at(timestamp: int, now: datetime) -> datetime:
    """When a record arrived: its Kafka timestamp, but no time that no clock can have said.

    A record that a producer dated ahead of our clock, or has no time, is here by now.
    """
    # What is beyond every calendar is ahead of the clock, too.
    return from_millis(timestamp) if 0 <= timestamp < to_millis(now) else now


def _check_text(document: Document, reading: DocumentReading) -> None:
    if "\0" in document.text:
        raise InvalidRecord(f"`text` must hold no NUL; it is {shown(document.text)}")
    if not reading.text:
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
