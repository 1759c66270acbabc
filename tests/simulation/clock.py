"""An event loop on a clock of its own: waiting takes no time, and a seed decides what comes first.

Callbacks run in the order asyncio runs them. What varies is how long each thing takes, so that no
order comes up that a real loop could not bring up.
"""

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any

# What the clocks of the workers say when a schedule begins: after all that it holds.
BEGIN = datetime(2026, 3, 20, tzinfo=UTC)

_WORK_SECONDS = 0.02


class Deadlock(RuntimeError):
    """Everything waits and nothing is left that could happen."""


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is simulated, and whose threads take as long as `rng` says."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(  # type: ignore[override]
        self, _: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        done: asyncio.Future[Any] = self.create_future()
        seconds = self._rng.expovariate(1 / _WORK_SECONDS)
        self.call_later(seconds, _settle, done, func, args)
        return done


class Wall:
    """Stands in for the class `datetime` where the stream asks what time it is."""

    @staticmethod
    def now(_: tzinfo) -> datetime:
        return BEGIN + timedelta(seconds=asyncio.get_running_loop().time())


class _Clock(selectors.SelectSelector):
    """Watches no file: instead of waiting it moves on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nothing is left that could happen")
        self.now += max(0.0, timeout)
        return []


def _settle(done: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if done.cancelled():
        return
    try:
        done.set_result(func(*args))
    except Exception as error:  # noqa: BLE001 - a thread hands on whatever its work raises
        done.set_exception(error)
