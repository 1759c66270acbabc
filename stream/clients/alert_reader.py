"""Read the alerts of this namespace: those already in Kafka, and new ones as they come."""

from collections import deque
from collections.abc import AsyncGenerator
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from schemas.alert import AnyAlert
from stream.clients.results.received import Received, decoded_alerts
from stream.kafka import consumer, end_offsets, is_before, polled
from stream.settings import Settings

ReceivedAlert = Received[AnyAlert]

# What a worker sends twice follows close behind; who follows for a year need not keep the rest.
_REMEMBERED = 1_000


class SeenAlerts:
    """Tells an alert that a worker has sent twice."""

    def __init__(self) -> None:
        self._ids: deque[str] = deque(maxlen=_REMEMBERED)

    def is_new(self, alert: AnyAlert) -> bool:
        """Whether `alert` comes for the first time."""
        if alert.id in self._ids:
            return False
        self._ids.append(alert.id)
        return True


async def read_alerts(
    settings: Settings, *, follow: bool, since: datetime | None = None
) -> AsyncGenerator[ReceivedAlert, None]:
    """The alerts in Kafka from `since` on, sorted by time; with `follow`, then the new ones."""
    async with consumer(settings, settings.topics.alerts) as reader:
        for received in sorted(await _existing(reader), key=lambda one: one.record.at):
            if since is None or received.record.at >= since:
                yield received
        while follow:
            for received in decoded_alerts(await polled(reader)):
                yield received


async def _existing(reader: AIOKafkaConsumer) -> list[ReceivedAlert]:
    found: list[ReceivedAlert] = []
    ends = await end_offsets(reader)
    while await is_before(reader, ends):
        found += decoded_alerts(await polled(reader))
    return found
