"""A worker's process as its operating system sees it: killed, stopped, cut off; and its edges.

Every access to Kafka and Redis takes some time before it happens and some time until its answer is
there; the process may end, stop, or lose the connection in both.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from random import Random
from typing import Any

import redis

from stream.records import Outgoing
from tests.simulation.broker import Broker, Partition

# How many accesses take no time at all, and how many take long.
_INSTANT_SHARE = 0.5
_SLOW_SHARE = 0.05
_SLOW_FACTORS = (40, 40, 400)


class Dropped(ConnectionError):
    """The answer of Kafka or Redis never came, however often it was asked."""


class Process:
    """Runs `work` until it ends, fails, or is killed."""

    def __init__(
        self, rng: Random, latency: float, drops: float, report: Callable[[str], None]
    ) -> None:
        self.alive = True
        self._rng = rng
        self._latency = latency
        self._drops = drops
        self._report = report
        self._slow_factors: tuple[int, ...] = _SLOW_FACTORS
        self._awake = asyncio.Event()
        self._awake.set()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def paused(self) -> bool:
        return not self._awake.is_set()

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.ensure_future(self._guarded(work)))

    def kill(self) -> None:
        self.alive = False
        for task in self._tasks:
            task.cancel()

    def pause(self) -> None:
        self._awake.clear()

    def resume(self) -> None:
        self._awake.set()

    async def ended(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def io(self) -> None:
        """What an access to the outside may cost: time, the answer, or all there is."""
        pace = self._rng.random()
        if pace > _INSTANT_SHARE:
            slow = self._rng.choice(self._slow_factors) if pace > 1 - _SLOW_SHARE else 1
            await asyncio.sleep(slow * self._rng.expovariate(1 / self._latency))
        await self._awake.wait()
        if not self.alive:
            raise asyncio.CancelledError
        if self._rng.random() < self._drops:
            raise Dropped

    def calm(self) -> None:
        """From here on nothing is dropped, and nothing takes long."""
        self._drops = 0.0
        self._slow_factors = (1,)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - what a worker dies of is the finding
            if self.alive and not isinstance(error, Dropped):
                self._report(f"a worker died of {error!r}: {error}")
            self.kill()


class SimulatedProducer:
    """Records of one partition are appended in order; those of two in any. Some are sent twice."""

    def __init__(self, process: Process, broker: Broker, rng: Random, repeats: float) -> None:
        self._process = process
        self._broker = broker
        self._rng = rng
        self._repeats = repeats

    async def send_all(self, records: Iterable[Outgoing]) -> None:
        waiting: defaultdict[Partition, deque[Outgoing]] = defaultdict(deque)
        for record in records:
            waiting[self._broker.place(record)].append(record)
        while waiting:
            await self._process.io()
            self._send_some(waiting)
        await self._process.io()

    def _send_some(self, waiting: dict[Partition, deque[Outgoing]]) -> None:
        partition = self._rng.choice(list(waiting))
        queue = waiting[partition]
        request = [queue.popleft() for _ in range(self._rng.randint(1, len(queue)))]
        # A request whose answer is lost is sent again, and appended again.
        for _ in range(1 + (self._rng.random() < self._repeats)):
            for record in request:
                self._broker.append(record)
        if not queue:
            del waiting[partition]


class SimulatedRedis:
    """The commands of a real Redis, each at a time of the schedule's choosing."""

    def __init__(self, process: Process, server: "redis.Redis", rng: Random) -> None:
        self._process = process
        self._server = server
        self._rng = rng

    def register_script(self, text: str) -> Callable[..., Awaitable[Any]]:
        # Loaded at once and not when it is missing: that would cost every call a round trip.
        digest = self._server.script_load(text)

        async def call(keys: list[str], args: list[Any], client: Any = self) -> Any:
            return await client.evalsha(digest, len(keys), *keys, *args)

        return call

    def pipeline(self, *, transaction: bool) -> "SimulatedPipeline":
        return SimulatedPipeline(self, self._server, None if transaction else self._rng)

    async def do(self, command: Callable[[], Any]) -> Any:
        await self._process.io()
        answer = command()
        await self._process.io()
        return answer

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        command = getattr(self._server, name)
        return lambda *args, **options: self.do(lambda: command(*args, **options))


class SimulatedPipeline:
    """Commands of one round trip; with `rng`, those of others may come between them."""

    def __init__(self, own: SimulatedRedis, server: "redis.Redis", rng: Random | None) -> None:
        self._own = own
        self._server = server
        self._rng = rng
        self._commands: list[tuple[str, Any, Any]] = []

    async def __aenter__(self) -> "SimulatedPipeline":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._commands.clear()

    async def evalsha(self, *args: Any) -> None:
        self._commands.append(("evalsha", args, {}))

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **options: self._commands.append((name, args, options))

    async def execute(self, *, raise_on_error: bool = True) -> list[Any]:
        answers: list[Any] = []
        while self._commands:
            size = len(self._commands)
            if self._rng is not None and self._rng.random() < 1 / 2:
                size = self._rng.randint(1, size)
            part, self._commands = self._commands[:size], self._commands[size:]
            answers += await self._own.do(partial(self._run, part, raise_on_error))
        return answers

    def _run(self, commands: list[tuple[str, Any, Any]], raise_on_error: bool) -> list[Any]:
        with self._server.pipeline(transaction=self._rng is None) as pipe:
            for name, args, options in commands:
                getattr(pipe, name)(*args, **options)
            return list(pipe.execute(raise_on_error))
