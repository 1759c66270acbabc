"""A bounded queue that is emptied in batches of what has queued meanwhile."""

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """Takes items one by one, gives them in batches, in order; holds at most `capacity`.

    The first of a batch that is smaller than `limit` waits for so many `seconds` for others.
    """

    def __init__(self, capacity: int, limit: int, seconds: float = 0.0) -> None:
        self._queue: asyncio.Queue[Item] = asyncio.Queue(capacity)
        self._limit = limit
        self._seconds = seconds

    async def put(self, item: Item) -> None:
        """Queue `item`; waits while the queue is full."""
        await self._queue.put(item)

    async def take(self) -> list[Item]:
        """All that is queued, at most `limit` items; waits for the first one."""
        batch = [await self._queue.get()]
        if self._seconds and self._queue.qsize() + 1 < self._limit:
            await asyncio.sleep(self._seconds)
        while len(batch) < self._limit and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch
