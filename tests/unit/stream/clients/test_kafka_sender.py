import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, MessageSizeTooLargeError

from stream.clients import kafka_sender as module
from stream.clients.kafka_sender import NotAcknowledged, NotSent, RecordTooLarge, kafka_sender
from stream.kafka import Producer
from stream.records import Outgoing

RECORDS = [Outgoing("t", None, b"{}")]


class Kafka:
    """Makes producers that stand for Kafka's; each send gives or raises what is told."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self._outcomes = list(outcomes)
        self.opened = 0
        self.closed = 0

    async def send_all(self, _: Iterable[Outgoing]) -> None:
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if outcome is not None:
            raise outcome

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[Producer]:
        self.opened += 1
        yield cast(Producer, self)
        self.closed += 1


async def test_one_producer_serves_all() -> None:
    kafka = Kafka()
    async with kafka_sender(kafka.producer) as sender:
        await asyncio.gather(*(sender.send(RECORDS) for _ in range(3)))
    assert (kafka.opened, kafka.closed) == (1, 1)


async def test_nothing_is_opened_before_something_is_sent() -> None:
    kafka = Kafka()
    async with kafka_sender(kafka.producer):
        pass
    assert kafka.opened == 0


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (KafkaTimeoutError("gone"), NotAcknowledged, "Kafka does not acknowledge: .*gone"),
        (MessageSizeTooLargeError("big"), RecordTooLarge, "too large for Kafka: .*big"),
    ],
)
async def test_after_a_failure_another_producer_takes_over(
    error: Exception, kind: type[NotSent], message: str
) -> None:
    kafka = Kafka(error)
    async with kafka_sender(kafka.producer) as sender:
        with pytest.raises(kind, match=message):
            await sender.send(RECORDS)
        await sender.send(RECORDS)
    assert (kafka.opened, kafka.closed) == (2, 2)


async def test_a_kafka_that_cannot_be_reached_is_tried_again() -> None:
    kafka, attempts = Kafka(), 0

    @asynccontextmanager
    async def producer() -> AsyncIterator[Producer]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise KafkaConnectionError("refused")
        async with kafka.producer() as opened:
            yield opened

    async with kafka_sender(producer) as sender:
        with pytest.raises(NotAcknowledged, match="refused"):
            await sender.send(RECORDS)
        await sender.send(RECORDS)


async def test_a_kafka_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ACK_SECONDS", 0.01)
    monkeypatch.setattr(module, "_CLOSE_SECONDS", 0.01)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    class Silent:
        async def send_all(self, _: object) -> None:
            await never

    @asynccontextmanager
    async def producer() -> AsyncIterator[Any]:
        yield Silent()
        await asyncio.Event().wait()

    async with kafka_sender(producer) as sender:
        with pytest.raises(NotAcknowledged, match="no answer within "):
            await sender.send(RECORDS)
