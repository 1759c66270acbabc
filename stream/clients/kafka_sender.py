"""Send records to Kafka for as long as a process lives, also after Kafka was away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from schemas.errors import PetrelError
from stream.kafka import Producer
from stream.records import Outgoing

# Whoever waits for an acknowledgement is told before most HTTP clients give up.
_ACK_SECONDS = 20.0

# A producer that Kafka does not answer must not keep the process from ending.
_CLOSE_SECONDS = 5.0


class NotSent(PetrelError):
    """Records did not reach Kafka, as far as is known; the message says why."""


class NotAcknowledged(NotSent):
    """Kafka did not acknowledge records in time. It may have them all the same."""


class RecordTooLarge(NotSent):
    """Kafka does not take a record for its size."""


class _Opened(NamedTuple):
    producer: Producer
    stack: AsyncExitStack


class KafkaSender:
    """Sends through one producer, with another in its place after a failure.

    A record that was not acknowledged leaves a gap in the sequence numbers of its producer: Kafka
    takes no more records from that producer for the partition.
    """

    def __init__(self, producer: Callable[[], AbstractAsyncContextManager[Producer]]) -> None:
        self._new_producer = producer
        self._opened: _Opened | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Produce `records` in order; returns when Kafka has acknowledged every one.

        Raises:
            NotAcknowledged: it did not in time.
            RecordTooLarge: one is larger than its Kafka topic takes.
        """
        opened = None
        try:
            async with asyncio.timeout(_ACK_SECONDS):
                opened = await self._open()
                await opened.producer.send_all(records)
        except MessageSizeTooLargeError as error:
            self._discard(opened)
            raise RecordTooLarge(f"too large for Kafka: {error}") from error
        except (KafkaError, TimeoutError) as error:
            self._discard(opened)
            reason = str(error) or f"no answer within {_ACK_SECONDS:g} s"
            raise NotAcknowledged(f"Kafka does not acknowledge: {reason}") from error

    async def close(self) -> None:
        """Close the producer; one that Kafka does not answer is left."""
        self._discard(self._opened)
        if self._closing:
            _, left = await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
            for task in left:
                task.cancel()

    async def _open(self) -> _Opened:
        async with self._opening:
            if self._opened is None:
                stack = AsyncExitStack()
                producer = await stack.enter_async_context(self._new_producer())
                self._opened = _Opened(producer, stack)
            return self._opened

    def _discard(self, opened: _Opened | None) -> None:
        if opened is None or self._opened is not opened:
            return
        self._opened = None
        closing = asyncio.create_task(opened.stack.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


@asynccontextmanager
async def kafka_sender(
    producer: Callable[[], AbstractAsyncContextManager[Producer]],
) -> AsyncIterator[KafkaSender]:
    """A sender that is closed when the block ends."""
    sender = KafkaSender(producer)
    try:
        yield sender
    finally:
        await sender.close()
