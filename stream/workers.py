"""Workers as child processes: as many as asked for, each started again when it fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

# A worker that fails more often than this within the span will fail again: say so instead.
_MOST_FAILURES = 5
_SPAN_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.5

_PORT = "PETREL_HEALTH_PORT"


class WorkersFailed(RuntimeError):
    """Workers kept failing; the message says how often and where their log is."""


class Workers:
    """`count` processes of `petrel worker`, with the environment `environment` on top of ours.

    Their log goes to `log`, or to our standard error when there is none.
    """

    def __init__(self, count: int, environment: Mapping[str, str], log: Path | None) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log
        self._processes = [self._start(position) for position in range(count)]
        self._failures: list[tuple[int, float]] = []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return [process.pid for process in self._processes]

    @property
    def failures(self) -> int:
        """How many workers ended though nobody stopped them."""
        return len(self._failures)

    def check(self) -> None:
        """Start failed workers again; raises `WorkersFailed` when they fail time and again."""
        for position, process in enumerate(self._processes):
            if process.poll() is not None:
                self._note_failure(position, process.returncode)
                self._processes[position] = self._start(position)

    def stop(self) -> None:
        """Ask all to drain and end; those that do not are killed."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes:
            _reap(process, deadline)

    def _note_failure(self, position: int, status: int) -> None:
        now = time.monotonic()
        self._failures.append((position, now))
        # Each by itself: when Redis or Kafka fails, all of them fail at once.
        recent = [at for who, at in self._failures if who == position and now - at < _SPAN_SECONDS]
        if len(recent) > _MOST_FAILURES:
            where = f"; their log is {self._log}" if self._log else ""
            raise WorkersFailed(
                f"a worker failed {len(recent)} times within {_SPAN_SECONDS:.0f} s,"
                f" last with status {status}{where}"
            )

    def _start(self, position: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "petrel", "worker"]
        own = self._environment | self._port(position)
        if self._log is None:
            return subprocess.Popen(command, env=own)
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=own, stdout=log, stderr=log)

    def _port(self, position: int) -> dict[str, str]:
        first = self._environment.get(_PORT)
        return {_PORT: str(int(first) + position)} if first else {}


def supervise(count: int, environment: Mapping[str, str]) -> None:
    """Keep `count` workers running until SIGTERM or SIGINT."""
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: stopping.append(number))
    with Workers(count, environment, None) as workers:
        while not stopping:
            workers.check()
            time.sleep(_POLL_SECONDS)


def _reap(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
