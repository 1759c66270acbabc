"""Give spooled records at the speed asked for."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable

from stream.clients.replay.spool import SpooledRecord

_MAX_BATCH = 500


async def paced(
    records: Iterable[SpooledRecord], speed: float | None
) -> AsyncIterator[list[SpooledRecord]]:
    """`records` in batches, each when its time has come at `speed`; None does not wait at all."""
    began, first = time.monotonic(), None
    batch: list[SpooledRecord] = []
    for record in records:
        first = record.time if first is None else first
        wait = 0.0
        if speed is not None:
            wait = began + (record.time - first) / 1000 / speed - time.monotonic()
        if batch and (wait > 0 or len(batch) == _MAX_BATCH):
            yield batch
            batch = []
        if wait > 0:
            await asyncio.sleep(wait)
        batch.append(record)
    yield batch
