"""A bounded queue that is emptied in batches: what queued while the last batch was at work."""

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BatchQueue(Generic[Item]):
    """Takes items one by one, gives them in batches, in order. Full, it makes the sender wait."""

    def __init__(self, capacity: int, most: int) -> None:
        self._queue: asyncio.Queue[Item] = asyncio.Queue(capacity)
        self._most = most

    async def put(self, item: Item) -> None:
        """Queue `item`; waits while the inbox is full."""
        await self._queue.put(item)

    async def take(self) -> list[Item]:
        """All that is queued, `most` at most; waits for the first item and for no other."""
        batch = [await self._queue.get()]
        while len(batch) < self._most and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch
