"""Two workers, each with a log of its own, that are started again as `petrel worker` does it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import click
import orjson

from stream.settings import Settings, environment
from stream.supervisor import Supervisor

# As often as a supervisor looks after its workers is every half second; to see when takes more.
_CHECK_SECONDS = 0.5
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 180.0


class Assigned(NamedTuple):
    """When a worker was given which partitions, in seconds from the epoch."""

    at: float
    partitions: frozenset[str]


class Crew:
    """`count` workers with `settings`; their logs go into `folder`."""

    def __init__(self, settings: Settings, folder: Path, count: int) -> None:
        self._logs = [folder / f"worker-{number}.log" for number in range(count)]
        # The log is what tells of partitions.
        own = environment(settings) | {"PETREL_LOG_FORMAT": "json", "PETREL_LOG_LEVEL": "INFO"}
        self._workers = [Supervisor(1, own, log) for log in self._logs]

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._workers:
            one.stop()

    def __len__(self) -> int:
        return len(self._workers)

    def kill(self, number: int) -> float:
        """End a worker where it is; gives when, in seconds from the epoch."""
        os.kill(self._workers[number].pids[0], signal.SIGKILL)
        return time.time()

    def assigned(self, number: int, after: float = 0.0) -> list[Assigned]:
        """What a worker was given after a moment, the latest last."""
        rows = map(orjson.loads, filter(_is_json, self._logs[number].read_bytes().splitlines()))
        found = [
            Assigned(datetime.fromisoformat(row["time"]).timestamp(), frozenset(row["partitions"]))
            for row in rows
            if row["message"] == "partitions assigned"
        ]
        return [one for one in found if one.at > after]

    def holds(self, number: int) -> frozenset[str]:
        """The partitions that a worker was given last."""
        found = self.assigned(number)
        return found[-1].partitions if found else frozenset()

    async def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait until `done()`, and start workers again meanwhile.

        Raises:
            ClickException: it takes too long; the message says `what` did.
        """
        deadline, checked = time.monotonic() + _PATIENCE_SECONDS, 0.0
        while not done():
            now = time.monotonic()
            if now > deadline:
                raise click.ClickException(f"not within {_PATIENCE_SECONDS:g} s: {what}")
            if now - checked > _CHECK_SECONDS:
                checked = now
                for one in self._workers:
                    one.check()
            await asyncio.sleep(_POLL_SECONDS)


def _is_json(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}")
