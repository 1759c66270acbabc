"""The dead letter: the record as it came, byte for byte, with headers that say why it is here."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert

from schemas.times import Time, isoformat

# Kafka has headers without a value, and several of one name.
Headers = Sequence[tuple[str, bytes | None]]

_PREFIX = "petrel-dlq-"
_SUFFIX = ".dlq"


class DeadLetterHeaders(Struct, frozen=True, kw_only=True):
    """Where a dead letter came from and why. On the wire each field is a `petrel-dlq-…` header.

    `timestamp` is the record's own, in milliseconds from the epoch. The dead letter has a new
    one: with an old one Kafka might delete it, by age, before anybody looks. `cut` says, of a
    record that was too large for the Kafka topic of dead letters, what of it is left; it is absent
    where the record is whole.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    stage: str
    error: str
    failed_at: Time
    cut: str | None = None

    def to_kafka(self) -> Headers:
        """The fields as Kafka headers."""
        return [
            (header_name(name), _text(getattr(self, name)).encode("utf-8", "replace"))
            for name in self.__struct_fields__
            if getattr(self, name) is not None
        ]

    @classmethod
    def from_kafka(cls, headers: Headers) -> "DeadLetterHeaders":
        """The fields read back; raises `msgspec.ValidationError` when one is missing."""
        fields = {
            name.removeprefix(_PREFIX).replace("-", "_"): value.decode("utf-8", "replace")
            for name, value in headers
            if name.startswith(_PREFIX) and value is not None
        }
        return convert(fields, cls, strict=False)


def header_name(field: str) -> str:
    """The Kafka header that carries a field of `DeadLetterHeaders`."""
    return _PREFIX + field.replace("_", "-")


def original_headers(headers: Headers) -> Headers:
    """The headers the record came with, without those a dead letter adds."""
    return [(name, value) for name, value in headers if not name.startswith(_PREFIX)]


def dead_letter_topic(topic: str) -> str:
    """The Kafka topic that takes the dead letters of `topic`."""
    return f"{topic}{_SUFFIX}"


def is_dead_letter_topic(topic: str) -> bool:
    """Whether a Kafka topic is called like one of dead letters."""
    return topic.endswith(_SUFFIX)


def _text(value: object) -> str:
    return isoformat(value) if isinstance(value, datetime) else str(value)
