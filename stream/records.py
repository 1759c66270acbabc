"""Records of Kafka: as they came, and as they are to be produced."""

from datetime import datetime

from msgspec import Struct

from schemas.codec import InvalidRecord
from schemas.deadletter import DeadLetterHeaders, Headers, dead_letter_topic
from schemas.scored import Origin

# A dead letter is its record plus headers: on a Kafka topic with the broker's own limit the
# largest record a producer may send could not be set aside.
MAX_RECORD_BYTES = 16 * 1024 * 1024

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
    """One record to produce. Without a partition, Kafka's default partitioner takes the key."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Headers | None = None
    timestamp: int | None = None


def document_key(document: object) -> bytes | None:
    """The Kafka key of a document's fields: its id as it came, when it has one."""
    name = document.get("id") if isinstance(document, dict) else None
    return name.encode() if isinstance(name, str) and name else None


def dead_letter(record: RawRecord, stage: str, error: Exception, now: datetime) -> Outgoing:
    """`record` byte for byte, with headers that say where it came from and why it is here."""
    why = DeadLetterHeaders(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        stage=stage,
        error=str(error) or type(error).__name__,
        failed_at=now,
    )
    return Outgoing(
        topic=dead_letter_topic(record.topic),
        key=record.key,
        value=record.value,
        headers=[*record.headers, *why.to_kafka()],
    )
