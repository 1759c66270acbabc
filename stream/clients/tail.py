"""The alerts of this namespace: those that are there, and those that come."""

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


class Told(NamedTuple):
    """An alert, and the bytes of it that Kafka has."""

    alert: Alert
    value: bytes


async def exists(settings: Settings) -> bool:
    """Whether there is a Kafka topic of alerts yet; raises `KafkaUnavailable`."""
    async with Admin(settings) as admin:
        return settings.topics.alerts in await admin.names()


async def wait_until_exists(settings: Settings) -> None:
    """Wait for the first worker to create the Kafka topic of alerts."""
    async with Admin(settings) as admin:
        while True:
            if settings.topics.alerts in await admin.names():
                return
            await asyncio.sleep(_POLL_SECONDS)


async def tail(
    settings: Settings, *, follow: bool, since: datetime | None = None
) -> AsyncIterator[Told]:
    """The alerts that are there, by their time, from `since` on; with `follow`, those that come."""
    async with consumer(settings, settings.topics.alerts) as reader:
        for told in sorted(await _backlog(reader), key=lambda one: one.alert.at):
            if since is None or told.alert.at >= since:
                yield told
        while follow:
            for told in _told(await polled(reader)):
                yield told


async def _backlog(reader: AIOKafkaConsumer) -> list[Told]:
    found: list[Told] = []
    ends = await end_offsets(reader)
    while await is_before(reader, ends):
        found += _told(await polled(reader))
    return found


def _told(messages: Iterable[ConsumerRecord]) -> list[Told]:
    found = []
    for message in messages:
        try:
            found.append(Told(decode(message.value or b"", Alert), message.value))
        except InvalidRecord as error:
            where = f"{message.topic} {message.partition}:{message.offset}"
            log.warning("no alert at %s: %s", where, error)
    return found
