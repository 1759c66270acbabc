"""All that can be known of a stream from outside, and what is wrong with it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from aiokafka.errors import KafkaError
from msgspec import Struct

from schemas.times import Time
from stream.clients.status.counts import Counts, RedisUnavailable, read_counts
from stream.clients.status.group import Group, read_group
from stream.kafka import KafkaUnavailable
from stream.settings import Settings

# A worker that catches up after a start, or a Redis that fails over, is no reason to wake anybody.
MAX_BEHIND_SECONDS = 300.0

# All that is asked of Kafka; a broker that takes connections and does not answer is away, too.
_KAFKA_SECONDS = 20.0


class Status(Struct, frozen=True):
    """How a stream is at a time; what a server that is away would tell is None.

    problems: a sentence for each thing that is wrong.
    """

    at: Time
    kafka: Group | None
    redis: Counts | None
    problems: list[str]


async def read_status(settings: Settings) -> Status:
    """Ask Kafka and Redis, whichever of the two is there."""
    group, counts = await asyncio.gather(
        _read_group(settings), read_counts(settings), return_exceptions=True
    )
    problems = []
    for found in (group, counts):
        if isinstance(found, (KafkaUnavailable, RedisUnavailable)):
            problems.append(str(found))
        elif isinstance(found, BaseException):
            raise found
    kafka = group if isinstance(group, Group) else None
    redis = counts if isinstance(counts, Counts) else None
    now = datetime.now(UTC)
    problems += _problems_of_group(settings, kafka) if kafka else ()
    problems += _problems_of_counts(settings, redis, now) if redis else ()
    return Status(now, kafka, redis, problems)


async def _read_group(settings: Settings) -> Group:
    try:
        async with asyncio.timeout(_KAFKA_SECONDS):
            return await read_group(settings)
    except (KafkaError, TimeoutError) as error:
        where = f"{settings.kafka_bootstrap} (PETREL_KAFKA_BOOTSTRAP)"
        reason = str(error) or f"no answer within {_KAFKA_SECONDS:.0f} s"
        raise KafkaUnavailable(f"Kafka does not tell how it is at {where}: {reason}") from error


def _problems_of_group(settings: Settings, group: Group) -> Iterator[str]:
    if group.missing:
        yield f"there is no Kafka topic {', '.join(group.missing)}: a worker creates it"
    if not group.workers:
        name = settings.topics.named(settings.group)
        yield f"no worker runs: the consumer group {name} (PETREL_GROUP) has no member"
    elif all(one.partitions is not None for one in group.workers):
        unread = [f"{one.topic}/{one.partition}" for one in group.partitions if not one.worker]
        if unread:
            yield f"no worker reads {', '.join(unread)}"
    oldest = max((one.lag_seconds for one in group.partitions), default=0.0)
    if oldest > MAX_BEHIND_SECONDS:
        records = sum(one.lag for one in group.partitions)
        yield f"{records:,} records wait, the oldest for {oldest:,.0f} s"


def _problems_of_counts(settings: Settings, counts: Counts, now: datetime) -> Iterator[str]:
    if settings.is_replay or counts.watermark is None or not counts.waiting:
        return
    behind = (now - counts.watermark).total_seconds()
    if behind > MAX_BEHIND_SECONDS:
        yield f"windows wait to be closed: the watermark is {behind:,.0f} s behind"
