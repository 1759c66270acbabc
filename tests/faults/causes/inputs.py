"""What senders make of the documents: another order, another clock, no time, no partition."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import orjson

from schemas.times import to_millis
from tests.faults.documents import Made

PARTITIONS = 4

# How many documents one may come behind.
_FURTHEST = 12

_SKEW = timedelta(hours=1)
_SHARE = 0.1
_AHEAD = (timedelta(hours=2), timedelta(days=400), timedelta(days=36_500))


class Sent(NamedTuple):
    """An input record: which input Kafka topic, which partition; `timestamp` in milliseconds."""

    topic: int
    partition: int
    value: bytes | None
    timestamp: int


Arrange = Callable[[Sequence[Sent], Random], list[Sent]]


def placed(records: Sequence[Made]) -> list[Sent]:
    """Documents over all partitions of two input Kafka topics in turn."""
    return [
        Sent(number % 2, number // 2 % PARTITIONS, made.value, to_millis(made.arrived))
        for number, made in enumerate(records)
    ]


def shuffled(records: Sequence[Sent], rng: Random) -> list[Sent]:
    """In random order: the timestamps of a partition go back and forth."""
    order = {number: number + rng.uniform(0, _FURTHEST) for number in range(len(records))}
    return [records[number] for number in sorted(order, key=lambda number: order[number])]


def skewed(records: Sequence[Sent], rng: Random) -> list[Sent]:
    """The clock of who sends to the second Kafka topic is an hour off."""
    off = rng.choice((-_SKEW, _SKEW))
    return [_moved(record, off) if record.topic else record for record in records]


def untimed(records: Sequence[Sent], rng: Random) -> list[Sent]:
    """Half of them have no time but that of their record in Kafka."""
    return [_untimed(record) if rng.random() < 0.5 else record for record in records]


def early(records: Sequence[Sent], rng: Random) -> list[Sent]:
    """Some are dated further ahead of our clock than anybody's clock can be wrong."""
    now = datetime.now(UTC)
    return [
        _dated(record, now + rng.choice(_AHEAD)) if rng.random() < _SHARE else record
        for record in records
    ]


def _moved(record: Sent, by: timedelta) -> Sent:
    moved = record._replace(timestamp=record.timestamp + by // timedelta(milliseconds=1))
    fields = _fields(record)
    return _dated(moved, _time(fields) + by) if fields else moved


def _dated(record: Sent, time: datetime) -> Sent:
    fields = _fields(record)
    if not fields:
        return record
    return record._replace(value=orjson.dumps(fields | {"published_at": time}))


def _untimed(record: Sent) -> Sent:
    fields = _fields(record)
    if not fields:
        return record
    del fields["published_at"]
    return record._replace(value=orjson.dumps(fields))


def _fields(record: Sent) -> dict[str, Any]:
    """The fields of a document; of garbage, none."""
    try:
        fields: dict[str, Any] = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return {}
    return fields if "published_at" in fields else {}


def _time(fields: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(fields["published_at"])
