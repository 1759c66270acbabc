"""Read the alerts of this namespace: those already in Kafka, and new ones as they come."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from schemas.alert import Alert
from schemas.codec import InvalidRecord, decode
from stream.kafka import Admin, consumer, end_offsets, is_before, polled
from stream.settings import Settings

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0


class ReceivedAlert(NamedTuple):
    """An alert, and the bytes that Kafka holds of it."""

    alert: Alert
    value: bytes


async def topic_exists(settings: Settings) -> bool:
    """Whether there is a Kafka topic of alerts yet; raises `KafkaUnavailable`."""
    async with Admin(settings) as admin:
        return settings.topics.alerts in await admin.names()


async def wait_for_topic(settings: Settings) -> None:
    """Wait for the first worker to create the Kafka topic of alerts."""
    async with Admin(settings) as admin:
        while True:
            if settings.topics.alerts in await admin.names():
                return
            await asyncio.sleep(_POLL_SECONDS)


async def read_alerts(
    settings: Settings, *, follow: bool, since: datetime | None = None
) -> AsyncIterator[ReceivedAlert]:
    """The alerts in Kafka from `since` on, sorted by time; with `follow`, then the new ones."""
    async with consumer(settings, settings.topics.alerts) as reader:
        for received in sorted(await _existing(reader), key=lambda one: one.alert.at):
            if since is None or received.alert.at >= since:
                yield received
        while follow:
            for received in _decoded(await polled(reader)):
                yield received


async def _existing(reader: AIOKafkaConsumer) -> list[ReceivedAlert]:
    found: list[ReceivedAlert] = []
    ends = await end_offsets(reader)
    while await is_before(reader, ends):
        found += _decoded(await polled(reader))
    return found


def _decoded(messages: Iterable[ConsumerRecord]) -> list[ReceivedAlert]:
    found = []
    for message in messages:
        try:
            found.append(ReceivedAlert(decode(message.value or b"", Alert), message.value))
        except InvalidRecord as error:
            where = f"{message.topic} {message.partition}:{message.offset}"
            log.warning("not an alert: %s: %s", where, error)
    return found
