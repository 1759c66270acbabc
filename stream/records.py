"""Records of Kafka: as they came, and as they are to be produced."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from msgspec import Struct
from msgspec.structs import replace

from schemas.codec import InvalidRecord
from schemas.deadletter import DeadLetterHeaders, Headers, dead_letter_topic
from schemas.scored import Origin

# A dead letter is its record plus headers: on a Kafka topic with the broker's own limit the
# largest record a producer may send could not be set aside.
MAX_RECORD_BYTES = 16 * 1024 * 1024

# The least that every record of ours can be cut to: its ids, its scores and what was left out.
MIN_RECORD_BYTES = 20_000

# What is kept, when a dead letter must be cut, of its record's key and headers: a key of a megabyte
# would leave no room for the value, which says more.
_CUT_KEY_BYTES = 1_000
_CUT_HEADERS_BYTES = 4_000
# The header that says what was cut.
_CUT_NOTE_BYTES = 200
# An error may name a field, and a sender may give one a name of a megabyte.
_MAX_ERROR = 1_000

# What a dead letter has more than its record, at most: the headers that say why it is there.
LETTER_BYTES = 8_000

# Says of a record that it stands for others that the Kafka client cannot decode, and why.
UNREADABLE_HEADER = "petrel-unreadable"

# Says of a record that it is a document of our own form, whatever its Kafka topic holds otherwise.
DOCUMENT_HEADER = "petrel-document"
AS_DOCUMENT: list[tuple[str, bytes | None]] = [(DOCUMENT_HEADER, b"1")]


class RawRecord(Struct, frozen=True, kw_only=True):
    """A record as Kafka gave it; `timestamp` in milliseconds from the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    def check_readable(self) -> None:
        """Raises `InvalidRecord` when it stands for records that cannot be decoded."""
        for name, value in self.headers:
            if name == UNREADABLE_HEADER:
                raise InvalidRecord((value or b"").decode("utf-8", "replace"))

    @property
    def origin(self) -> Origin:
        """Where it stands in Kafka."""
        return Origin(self.topic, self.partition, self.offset)

    @property
    def source_partition(self) -> str:
        """Its source partition, `topic/partition`."""
        return f"{self.topic}/{self.partition}"


class Outgoing(Struct, frozen=True):
    """One record to produce. Without a partition, Kafka's default partitioner takes the key.

    cut: makes the same record of at most so many bytes, or the smallest that it can be.
    instead: makes the record to send when Kafka refuses this one, however it is cut, for an error.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Headers | None = None
    timestamp: int | None = None
    cut: "Callable[[int], Outgoing] | None" = None
    instead: "Callable[[Exception], Outgoing] | None" = None

    @property
    def size(self) -> int:
        """Bytes, at most, of a batch with this record alone: what Kafka holds to its limit."""
        size: int = DefaultRecordBatchBuilder.estimate_size_in_bytes(
            self.key, self.value, list(self.headers or ())
        )
        return size


def document_key(document: object) -> bytes | None:
    """The Kafka key of a document's fields: its id as it came, when it has one."""
    name = document.get("id") if isinstance(document, dict) else None
    return name.encode() if isinstance(name, str) and name else None


def dead_letter(record: RawRecord, stage: str, error: Exception, now: datetime) -> Outgoing:
    """`record` byte for byte, with headers that say where it came from and why it is here.

    One that has to be cut to fit in Kafka keeps the head of its value, and says so in a header:
    the whole is still where it came from.
    """
    message = str(error) or type(error).__name__
    why = DeadLetterHeaders(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        stage=stage,
        error=message if len(message) <= _MAX_ERROR else f"{message[:_MAX_ERROR]}…",
        failed_at=now,
    )
    return replace(_letter(record, why), cut=partial(_cut_letter, record, why))


def _letter(record: RawRecord, why: DeadLetterHeaders) -> Outgoing:
    # A record of neither key nor value is one that the client does not send.
    is_void = record.key is None and record.value is None
    return Outgoing(
        topic=dead_letter_topic(record.topic),
        key=b"" if is_void else record.key,
        value=record.value,
        headers=[*record.headers, *why.to_kafka()],
    )


def _cut_letter(record: RawRecord, why: DeadLetterHeaders, limit: int) -> Outgoing:
    headers = list(_first_headers(record.headers))
    key = record.key[:_CUT_KEY_BYTES] if record.key else record.key
    kept = replace(record, key=key, headers=headers)
    if record.value is not None:
        room = limit - _CUT_NOTE_BYTES - _letter(replace(kept, value=b""), why).size
        kept = replace(kept, value=record.value[: max(0, room)])
    parts = (
        ("value", kept.value or b"", record.value or b"", "bytes"),
        ("key", key or b"", record.key or b"", "bytes"),
        ("headers", headers, record.headers, "headers"),
    )
    cut = [
        f"{name}: the first {len(some):,} of {len(all_):,} {unit} kept"
        for name, some, all_, unit in parts
        if len(some) < len(all_)
    ]
    return _letter(kept, replace(why, cut="; ".join(cut)))


def _first_headers(headers: Headers) -> Iterator[tuple[str, bytes | None]]:
    size = 0
    for name, value in headers:
        size += len(name.encode()) + len(value or b"")
        if size > _CUT_HEADERS_BYTES:
            return
        yield name, value
