"""Read a blocking iterator in a thread: `tail -f | petrel feed` must not wait for more input."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class BackgroundReader(Generic[Item]):
    """Reads `items` in a thread of its own and gives them in batches, in order.

    At most `limit` items are read and not yet worked on.
    """

    def __init__(self, items: Iterator[Item], limit: int) -> None:
        self._items = items
        self._free = threading.Semaphore(limit)
        self._read: deque[Item] = deque()
        self._ended = False
        self._notified = False
        self._failure: Exception | None = None
        self._wake = asyncio.Event()

    def stop(self) -> None:
        """End `batches` after the items that have been read."""
        self._ended = True
        self._wake.set()

    async def batches(self) -> AsyncIterator[list[Item]]:
        """Batches in order; each holds all items read while the last one was being worked on.

        An exception of the iterator is raised after all items before it have been given.
        """
        self._loop = asyncio.get_running_loop()
        # A thread that waits for standard input cannot be stopped: the process must end anyway.
        threading.Thread(target=self._read_all, name="background-reader", daemon=True).start()
        ended = False
        while not ended:
            await self._wake.wait()
            self._wake.clear()
            # Reset before the queue is emptied: an item read after this line sets the event again.
            self._notified, ended = False, self._ended
            if batch := [self._read.popleft() for _ in range(len(self._read))]:
                yield batch
                self._free.release(len(batch))
        if self._failure is not None:
            raise self._failure

    def _read_all(self) -> None:
        try:
            for item in self._items:
                self._free.acquire()
                self._read.append(item)
                if not self._notified:
                    self._notified = True
                    self._notify()
        except Exception as error:  # noqa: BLE001 - it is raised again on the loop's thread
            self._failure = error
        self._ended = True
        self._notify()

    def _notify(self) -> None:
        # After `stop` nobody waits any more: the loop may be closed.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)
