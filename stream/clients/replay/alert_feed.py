"""Tell the alerts of a replay while it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiokafka.errors import KafkaError

from schemas.alert import AnyAlert
from stream.clients.alert_reader import read_alerts
from stream.settings import Settings

log = logging.getLogger(__name__)

OnAlert = Callable[[AnyAlert], None]


@asynccontextmanager
async def alerts_told(settings: Settings, tell: OnAlert | None) -> AsyncIterator[None]:
    """Call `tell` with each alert in the namespace of `settings` as it comes, until the block ends.

    An alert may come twice, and the last ones may come too late.
    """
    if tell is None:
        yield
        return
    task = asyncio.create_task(_tell_all(settings, tell))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tell_all(settings: Settings, tell: OnAlert) -> None:
    try:
        async for alert, _ in read_alerts(settings, follow=True):
            tell(alert)
    except (KafkaError, TimeoutError) as error:
        # They are shown at the end, too.
        log.warning("alerts are shown at the end only: %s", error)
