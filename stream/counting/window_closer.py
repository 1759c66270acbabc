"""Closing the windows that are complete: to Kafka first, then that they were.

Windows are worked out from the store alone, and of complete minutes only, so that a crash between
any two steps, or another worker at the same keys, only makes the same windows come again.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from zlib import crc32

from schemas.codec import encode
from schemas.window import SentimentWindow
from stream.counting.window_store import WindowStore
from stream.kafka import Producer
from stream.records import Outgoing
from stream.windows.buckets import MINUTE
from stream.windows.window_closing import Hops, WindowClosing, WindowSnapshot, close_windows

# Keys closed in one step, and hours of them together: bounds what is in memory when a day is
# closed at once, and how long an alert waits. A key far behind has
# many hours in a step: a backlog would wait for it alone.
_MAX_KEYS = 64
_MAX_HOURS = 64


class WindowCloser:
    """Sends windows, whose ends are `hops` apart, to a Kafka topic of so many `partitions`."""

    def __init__(
        self, store: WindowStore, producer: Producer, topic: str, partitions: int, hops: Hops
    ) -> None:
        self._store = store
        self._producer = producer
        self._topic = topic
        self._partitions = partitions
        self._hops = hops

    async def close(self, shards: Sequence[int], horizon: int) -> int:
        """Close some keys of `shards` that are due until `horizon`; gives how many are closed.

        `horizon` is in milliseconds from the epoch.
        """
        until = horizon // MINUTE
        due = await self._store.due(shards, until, _MAX_KEYS)
        if not due:
            return 0
        snapshots = await self._store.read(due, max(1, _MAX_HOURS // len(due)))
        closings = await asyncio.to_thread(self._close, snapshots, until)
        await self._producer.send_all(chain.from_iterable(records for _, _, records in closings))
        return await self._store.close([(one, closing) for one, closing, _ in closings])

    def _close(
        self, snapshots: Sequence[WindowSnapshot], until: int
    ) -> list[tuple[WindowSnapshot, WindowClosing, list[Outgoing]]]:
        closings = []
        for one in snapshots:
            closing = close_windows(one, until, self._hops)
            closings.append((one, closing, [self._record(window) for window in closing.windows]))
        return closings

    def _record(self, window: SentimentWindow) -> Outgoing:
        # By subject and not by key, which differs for each window: a subject's come in order.
        partition = crc32(f"{window.kind}:{window.subject}".encode()) % self._partitions
        return Outgoing(self._topic, window.key.encode(), encode(window), partition)
