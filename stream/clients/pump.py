"""A blocking iterator as a source of batches: `tail -f | petrel feed` must not wait for more."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pump(Generic[Item]):
    """Draws `items` in a thread of its own; gives what has come, with at most `most` on the way."""

    def __init__(self, items: Iterator[Item], most: int) -> None:
        self._items = items
        self._room = threading.Semaphore(most)
        self._come: deque[Item] = deque()
        self._ended = False
        self._told = False
        self._failure: Exception | None = None
        self._wake = asyncio.Event()

    def stop(self) -> None:
        """Give what has come and no more."""
        self._ended = True
        self._wake.set()

    async def batches(self) -> AsyncIterator[list[Item]]:
        """Batches in order, each as large as what came while the last one was worked on.

        An exception of the iterator is raised when all before it has been given.
        """
        self._loop = asyncio.get_running_loop()
        # A thread that waits for standard input cannot be stopped, and must not keep us alive.
        threading.Thread(target=self._draw, name="pump", daemon=True).start()
        ended = False
        while not ended:
            await self._wake.wait()
            self._wake.clear()
            # The order matters: what comes after this line wakes us again.
            self._told, ended = False, self._ended
            if batch := [self._come.popleft() for _ in range(len(self._come))]:
                yield batch
                self._room.release(len(batch))
        if self._failure is not None:
            raise self._failure

    def _draw(self) -> None:
        try:
            for item in self._items:
                self._room.acquire()
                self._come.append(item)
                if not self._told:
                    self._told = True
                    self._tell()
        except Exception as error:  # noqa: BLE001 - it is raised again on the loop's thread
            self._failure = error
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        # Once stopped, nobody listens: the loop may be closed.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)
