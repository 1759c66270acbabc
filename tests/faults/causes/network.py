"""A network between workers and Kafka that delays, holds back and cuts off.

It is a proxy. What a lost packet does to who uses TCP is that all behind it comes late; what a lost
connection does is that nobody knows what of the last request was carried out.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from aiokafka.conn import AIOKafkaConnection

from petrel.embedded import HOST

_CHUNK = 64 * 1024

_DELAY_SECONDS = 0.03
# TCP sends again after a fifth of a second, then after twice as long each time.
_LOSSES = (0.2, 0.6, 1.4, 3.0)
_LOSS_SHARE = 0.03
_CUT_SHARE = 0.004


def reroute(port: int, through: int) -> None:
    """Make this process, which is to become a worker, reach Kafka's `port` by another one."""
    original = AIOKafkaConnection.__init__

    def begin(self: Any, host: str, to: int, **options: Any) -> None:
        original(self, host, through if to == port else to, **options)

    setattr(AIOKafkaConnection, "__init__", begin)  # noqa: B010 - mypy: it is a method


class Lossy:
    """Passes what comes to `through` on to `port`; `lost` and `cut` count what went wrong."""

    def __init__(self, port: int, rng: Random) -> None:
        self._port = port
        self._rng = rng
        self.through = 0
        self.lost = 0
        self.cut = 0

    async def start(self) -> asyncio.Server:
        """Listen."""
        server = await asyncio.start_server(self._accept, HOST, 0)
        self.through = server.sockets[0].getsockname()[1]
        return server

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(HOST, self._port)
        except OSError:
            writer.transport.abort()
            return
        ways = {asyncio.ensure_future(self._carry(reader, back))}
        ways.add(asyncio.ensure_future(self._carry(there, writer)))
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for side in (writer, back):
                side.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side ends, or is cut off."""
        while chunk := await reader.read(_CHUNK):
            if self._rng.random() < _CUT_SHARE:
                self.cut += 1
                return
            await asyncio.sleep(self._wait())
            writer.write(chunk)
            await writer.drain()

    def _wait(self) -> float:
        delay = self._rng.uniform(0, _DELAY_SECONDS)
        if self._rng.random() < _LOSS_SHARE:
            self.lost += 1
            delay += self._rng.choice(_LOSSES)
        return delay


@contextmanager
def lossy(port: int, rng: Random) -> Iterator[Lossy]:
    """Run a lossy way to `port`, in a thread of its own, until the block ends."""
    way, loop = Lossy(port, rng), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lossy", daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(way.start(), loop).result()
    try:
        yield way
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
