"""Read the dead letters of a Kafka topic."""

import base64
import heapq
from datetime import datetime
from typing import Any

from aiokafka.structs import ConsumerRecord
from msgspec import Struct, ValidationError

from schemas.deadletter import DeadLetterHeaders, Headers, dead_letter_topic
from schemas.times import from_millis, isoformat
from stream.kafka import Admin, read_to_end
from stream.settings import Settings


class DeadLetter(Struct, frozen=True):
    """A dead letter: its position, its record as it came, and the reason it was set aside.

    `reason` is None when its headers are not those of a worker: something else put it there.
    `timestamp` is in milliseconds from the epoch.
    """

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: DeadLetterHeaders | None

    @classmethod
    def from_record(cls, record: ConsumerRecord) -> "DeadLetter":
        """The dead letter in a record of a dead-letter topic."""
        headers = list(record.headers)
        try:
            reason = DeadLetterHeaders.from_kafka(headers)
        except ValidationError:
            reason = None
        return cls(
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp,
            key=record.key,
            value=record.value,
            headers=headers,
            reason=reason,
        )

    @property
    def failed_at(self) -> datetime:
        """When the record failed; without a reason, when it was put on the dead-letter topic."""
        return self.reason.failed_at if self.reason else from_millis(self.timestamp)

    @property
    def is_whole(self) -> bool:
        """Whether it has all that its record had."""
        return self.reason is None or self.reason.cut is None

    def to_json(self) -> dict[str, Any]:
        """The values of a JSON object; a key or value that is not UTF-8 is in base64."""
        reason = self.reason
        return {
            "partition": self.partition,
            "offset": self.offset,
            "failed_at": isoformat(self.failed_at),
            "stage": reason.stage if reason else None,
            "error": reason.error if reason else None,
            "cut": reason.cut if reason else None,
            "origin": _origin(reason) if reason else None,
            **_bytes("key", self.key),
            **_bytes("value", self.value),
        }


async def latest(settings: Settings, topic: str, limit: int) -> tuple[list[DeadLetter], int]:
    """The `limit` dead letters of `topic` that failed last, oldest first, and the count of all.

    Raises:
        KafkaUnavailable: no broker answers.
        NothingThere: there is no Kafka topic `topic`, nor one of its dead letters.
    """
    async with Admin(settings) as admin:
        if dead_letter_topic(topic) not in await admin.names():
            await admin.require(topic)
            return [], 0
    kept: list[tuple[datetime, int, int, DeadLetter]] = []
    count = 0
    async for record in read_to_end(settings, dead_letter_topic(topic)):
        letter = DeadLetter.from_record(record)
        count += 1
        heapq.heappush(kept, (letter.failed_at, -letter.partition, letter.offset, letter))
        if len(kept) > limit:
            heapq.heappop(kept)
    return [entry[-1] for entry in sorted(kept, key=lambda entry: entry[:-1])], count


def _origin(reason: DeadLetterHeaders) -> dict[str, str | int]:
    return {"topic": reason.topic, "partition": reason.partition, "offset": reason.offset}


def _bytes(name: str, value: bytes | None) -> dict[str, str | None]:
    try:
        return {name: value.decode() if value is not None else None}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value or b"").decode()}
