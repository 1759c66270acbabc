"""Records of a Kafka topic of results, decoded; a topic that is not there yet is waited for."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from schemas.alert import AnyAlert, decode_alert
from schemas.codec import InvalidRecord, decode
from stream.kafka import Admin
from stream.settings import Settings

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0

Result = TypeVar("Result", bound=Struct)


class Received(NamedTuple, Generic[Result]):
    """A result, and the bytes that Kafka holds of it."""

    record: Result
    value: bytes


async def topic_exists(settings: Settings, topic: str) -> bool:
    """Whether there is a Kafka topic `topic` yet; raises `KafkaUnavailable`."""
    async with Admin(settings) as admin:
        return topic in await admin.names()


async def wait_for_topic(settings: Settings, topic: str) -> None:
    """Wait for the first worker to create the Kafka topic `topic`; raises `KafkaUnavailable`."""
    async with Admin(settings) as admin:
        while topic not in await admin.names():  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(_POLL_SECONDS)


def decoded(messages: Iterable[ConsumerRecord], kind: type[Result]) -> Iterator[Received[Result]]:
    """The results in `messages`, without heartbeats; the log says what is none."""
    return _decoded(messages, lambda value: decode(value, kind), kind.__name__)


def decoded_alerts(messages: Iterable[ConsumerRecord]) -> Iterator[Received[AnyAlert]]:
    """The alerts in `messages`, as `decoded` gives results."""
    return _decoded(messages, decode_alert, "Alert")


def _decoded(
    messages: Iterable[ConsumerRecord], decode: Callable[[bytes], Result], kind: str
) -> Iterator[Received[Result]]:
    for message in messages:
        if message.value is None:
            continue
        try:
            yield Received(decode(message.value), message.value)
        except InvalidRecord as error:
            where = f"{message.topic} {message.partition}:{message.offset}"
            log.warning("not of the type %s: %s: %s", kind, where, error)
