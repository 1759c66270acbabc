"""Where alerts go: a sink for each kind of receiver.

To add a receiver: a module here with an `AlertSink`, and its entry in `open_sinks`. An alert stays
in the outbox until every sink has it, so a sink may be given one again after a failure.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from schemas.alert import AnyAlert
from stream.kafka import Producer
from stream.settings import Settings
from stream.sinks.kafka import KafkaSink


class AlertSink(Protocol):
    """A receiver of alerts."""

    async def send(self, alerts: Sequence[AnyAlert]) -> None:
        """Deliver `alerts` in order; returns when the receiver has all of them.

        What was delivered before may come again: an alert's `id` is the same then. What is raised
        ends the worker, with the alerts left in the outbox; a receiver that others must not wait
        for has to bound its retries itself.
        """
        ...


@asynccontextmanager
async def open_sinks(settings: Settings, producer: Producer) -> AsyncIterator[Sequence[AlertSink]]:
    """The sinks that a worker sends its alerts to, in this order; open while the block runs."""
    yield (KafkaSink(producer, settings.topics.alerts),)
