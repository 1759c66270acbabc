"""The alerts of a stream for programs, with `for` or with `async for`."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import datetime

from schemas.alert import AnyAlert


class AlertStream:
    """Alerts to iterate over, once or more often: each iteration reads Kafka anew."""

    def __init__(self, *, follow: bool, since: datetime | None) -> None:
        self._follow = follow
        self._since = since

    def __aiter__(self) -> AsyncIterator[AnyAlert]:
        return self._read()

    def __iter__(self) -> Iterator[AnyAlert]:
        if _loop_is_running():
            raise RuntimeError("an event loop is running here: use `async for`, not `for`")
        return self._read_blocking()

    def _read_blocking(self) -> Iterator[AnyAlert]:
        import asyncio

        with asyncio.Runner() as runner:
            reading = self._read()
            try:
                while (alert := runner.run(_next(reading))) is not None:
                    yield alert
            finally:
                runner.run(reading.aclose())

    async def _read(self) -> AsyncGenerator[AnyAlert, None]:
        from stream.clients.alert_reader import SeenAlerts, read_alerts
        from stream.clients.results.received import topic_exists, wait_for_topic
        from stream.settings import load

        settings = load()
        if not await topic_exists(settings, settings.topics.alerts):
            if not self._follow:
                return
            await wait_for_topic(settings, settings.topics.alerts)
        seen = SeenAlerts()
        received = read_alerts(settings, follow=self._follow, since=self._since)
        async with aclosing(received) as reading:
            async for alert, _ in reading:
                if seen.is_new(alert):
                    yield alert


def alerts(*, follow: bool = False, since: datetime | None = None) -> AlertStream:
    """The alerts in Kafka, oldest first; with `follow`, then each new one as it comes.

    One that a worker sent twice comes once. `since` leaves out what is older. Where Kafka is, and
    how to log in, is read from the environment (PETREL_KAFKA_BOOTSTRAP and so on) when iteration
    begins; that raises `PetrelError` when no broker answers.

    Raises:
        ValueError: `since` has no time zone.
    """
    if since is not None and since.tzinfo is None:
        raise ValueError(f"since must have a time zone, such as UTC, not {since!r}")
    return AlertStream(follow=follow, since=since)


def _loop_is_running() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _next(reading: AsyncIterator[AnyAlert]) -> AnyAlert | None:
    return await anext(reading, None)
