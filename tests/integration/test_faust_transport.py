"""What Faust is told of the ends of partitions."""

from types import SimpleNamespace
from typing import Any, cast

from aiokafka import AIOKafkaConsumer
from faust.types import TP

from stream.faust_transport import _Thread
from stream.kafka import Admin, Producer, consumer
from stream.records import Outgoing
from stream.settings import load


class Thread(_Thread):
    """One that only asks `reader`."""

    def __init__(self, reader: AIOKafkaConsumer) -> None:
        self._consumer = reader
        self.consumer = cast(Any, SimpleNamespace(in_transaction=False))


async def test_the_embedded_broker_tells_of_all_records_that_wait(
    embedded_kafka: str, unique: str
) -> None:
    settings = load(kafka_bootstrap=embedded_kafka, kafka_idempotence=False, partitions=1)
    async with Admin(settings) as admin:
        await admin.ensure({unique: {}})
    async with Producer(settings) as producer:
        await producer.send_all([Outgoing(unique, None, b"one")] * 300)

    async with consumer(settings, unique) as reader:
        while not await reader.getmany(timeout_ms=500):
            pass
        ends = await Thread(reader)._highwaters([TP(unique, 0)])

    assert ends == {TP(unique, 0): 300}
