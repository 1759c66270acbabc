"""Alerts to a Kafka topic."""

from collections.abc import Sequence

from schemas.alert import AnyAlert
from stream.kafka import Producer
from stream.output.alert import alert_outgoing


class KafkaSink:
    """Sends alerts to the Kafka topic `topic`, those of one key in order."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def send(self, alerts: Sequence[AnyAlert]) -> None:
        """Produce `alerts`; raises `KafkaError` when one is not acknowledged."""
        await self._producer.send_all(alert_outgoing(alert, self._topic) for alert in alerts)
