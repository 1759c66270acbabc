"""A bounded queue that is emptied in batches of what has queued meanwhile."""

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """Takes items one by one, gives them in batches, in order; holds at most `capacity`."""

    def __init__(self, capacity: int, limit: int) -> None:
        self._queue: asyncio.Queue[Item] = asyncio.Queue(capacity)
        self._limit = limit

    async def put(self, item: Item) -> None:
        """Queue `item`; waits while the queue is full."""
        await self._queue.put(item)

    async def take(self) -> list[Item]:
        """All that is queued, at most `limit` items; waits for the first one and for no other."""
        batch = [await self._queue.get()]
        while len(batch) < self._limit and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch
