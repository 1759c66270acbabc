"""A producer that goes on when a record is too large for Kafka."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    RecordListTooLargeError,
)
from msgspec import ValidationError
from msgspec.structs import replace

from schemas.codec import shown
from schemas.deadletter import DeadLetterHeaders, is_dead_letter_topic
from stream.kafka import Admin, KafkaUnavailable, Producer
from stream.output.limits import output_topics
from stream.records import MAX_RECORD_BYTES, MIN_RECORD_BYTES, Outgoing
from stream.settings import Settings

log = logging.getLogger(__name__)

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)

# Said of records that Kafka would have taken: a client that numbers what it appends can append
# nothing more to a partition that refused a record, and another client takes its place.
_HELD_UP = (OutOfOrderSequenceNumber, ProducerClosed)

# Clients that are tried for one record: somebody else's may be replaced once more meanwhile.
_ATTEMPTS = 3

# How long a limit that was raised is not known: what is above the old one is cut, or set aside.
_ASK_SECONDS = 60.0

# A client, and a partition of a Kafka topic that has records of it.
_Begun = tuple[AIOKafkaProducer, str, int | None]


class OutputProducer(Producer):
    """Sends what a worker writes; `limits` are bytes of a record in a Kafka topic, where known.

    A record above its limit is cut before it is sent. One that Kafka refuses for its size, because
    the limit was lowered or is not known, is cut and sent again, and so is what was sent behind it;
    where that does not help either, a dead letter goes in its place; if that is refused too, the
    record is lost, and the log says so. Without `PETREL_KAFKA_IDEMPOTENCE` a record that was
    refused comes after what was sent behind it, and may be in no window.
    """

    def __init__(self, settings: Settings, limits: Mapping[str, int]) -> None:
        super().__init__(settings)
        self._limits = dict(limits)
        self._asked = time.monotonic()
        self._renewing = asyncio.Lock()
        self._begun: set[_Begun] = set()
        self._lost = 0
        self._dead_letters = 0

    @property
    def dead_letters(self) -> int:
        """How many dead letters Kafka has taken."""
        return self._dead_letters

    async def _deliver(self, records: Sequence[Outgoing]) -> None:
        if any(one.size > self._limit(one.topic) for one in records):
            await self._ask_limits_again()
        fitting = [form for one in records if (form := self._fitting(one)) is not None]
        while firsts := self._firsts(fitting):
            await asyncio.gather(*(self._send_alone(fitting[at]) for at in firsts))
            fitting = [one for at, one in enumerate(fitting) if at not in firsts]
        client = self._client
        sent = await self._hand_over(fitting)
        results = await asyncio.gather(*sent, return_exceptions=True)
        refused = []
        for record, result in zip(fitting, results, strict=True):
            if isinstance(result, (*_TOO_LARGE, *_HELD_UP)):
                refused.append(record)
            elif isinstance(result, BaseException):
                raise result
        if refused:
            await self._renew(client)
        # A batch that is too large is refused with all that is in it.
        for record in refused:
            await self._send_alone(record)

    async def _send(self, client: AIOKafkaProducer, record: Outgoing) -> "asyncio.Future[Any]":
        try:
            sent = await super()._send(client, record)
        except (*_TOO_LARGE, *_HELD_UP) as error:
            failed = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed
        if is_dead_letter_topic(record.topic):
            sent.add_done_callback(self._count_dead_letter)
        return sent

    def _count_dead_letter(self, sent: "asyncio.Future[Any]") -> None:
        self._dead_letters += not sent.cancelled() and sent.exception() is None

    def _firsts(self, records: Sequence[Outgoing]) -> set[int]:
        """The places of the first records of partitions that have nothing of the client.

        Kafka lets a client begin with any number: had the first been refused, it would append what
        was sent behind it.
        """
        firsts: dict[_Begun, int] = {}
        for at, one in enumerate(records):
            begun = self._client, one.topic, one.partition
            if one.partition is not None and begun not in self._begun:
                firsts.setdefault(begun, at)
        return set(firsts.values())

    def _fitting(self, record: Outgoing) -> Outgoing | None:
        """The largest form of `record` that Kafka takes, as far as known; None if it takes none."""
        for form in self._forms(record):
            if form.size <= self._limit(form.topic):
                return form
        self._lose(record)
        return None

    def _forms(self, record: Outgoing) -> Iterator[Outgoing]:
        """`record` from its largest form to its smallest, then those of what goes in its place."""
        yield record
        smallest = record.size
        for limit in (self._limit(record.topic), MIN_RECORD_BYTES):
            # It can be cut again: Kafka may refuse that, too.
            form = replace(record.cut(limit), cut=record.cut) if record.cut else record
            if form.size < smallest:
                yield form
                smallest = form.size
        if record.instead:
            error = ValueError(
                f"Kafka refuses a record of {record.size:,} bytes, and one cut to {smallest:,}"
            )
            yield from self._forms(record.instead(error))

    async def _send_alone(self, record: Outgoing) -> None:
        for form in self._forms(record):
            if await self._is_taken(form):
                return
        self._lose(record)

    async def _is_taken(self, record: Outgoing) -> bool:
        """Whether Kafka appends `record`; if not, it is too large."""
        for _ in range(_ATTEMPTS):
            client = self._client
            try:
                (sent,) = await self._hand_over([record])
                await sent
            except _TOO_LARGE:
                log.warning("Kafka refused a record for its size", extra=_fields(record))
                await self._renew(client)
                await self._ask_limits()
                return False
            except _HELD_UP:
                await self._renew(client)
            else:
                self._begun.add((client, record.topic, record.partition))
                return True
        raise OutOfOrderSequenceNumber(f"Kafka appends no record of ours to {record.topic}")

    async def _renew(self, client: AIOKafkaProducer) -> None:
        """Put another client in the place of `client`, unless somebody did."""
        async with self._renewing:
            if self._client is client:
                await self._replace_client()
                self._begun.clear()

    async def _ask_limits_again(self) -> None:
        if time.monotonic() - self._asked >= _ASK_SECONDS:
            await self._ask_limits()

    async def _ask_limits(self) -> None:
        self._asked = time.monotonic()
        with suppress(KafkaError, KafkaUnavailable):
            async with Admin(self._settings) as admin:
                self._limits |= await admin.record_limits(output_topics(self._settings))

    def _limit(self, topic: str) -> int:
        return min(self._limits.get(topic, MAX_RECORD_BYTES), MAX_RECORD_BYTES)

    def _lose(self, record: Outgoing) -> None:
        self._lost += 1
        *_, last = self._forms(record)
        fields = _fields(last)["fields"] | {"lost": self._lost}
        log.error("a record is lost: Kafka refuses it in every form", extra={"fields": fields})


def _fields(record: Outgoing) -> dict[str, dict[str, Any]]:
    """What a line of the log says of `record`."""
    fields = {"kafka_topic": record.topic, "key": shown(record.key), "bytes": record.size}
    with suppress(ValidationError):
        why = DeadLetterHeaders.from_kafka(record.headers or ())
        fields["origin"] = f"{why.topic}/{why.partition}/{why.offset}"
    return {"fields": fields}
