"""Run `petrel worker` processes and restart those that fail."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from schemas.errors import PetrelError

# A worker that fails more often than this within the interval is given up.
_MAX_FAILURES = 5
_FAILURE_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.5

_HEALTH_PORT = "PETREL_HEALTH_PORT"
_WORKER = "PETREL_WORKER"


class WorkersFailed(PetrelError):
    """A worker keeps failing; the message says how often and where its log is."""


class Supervisor:
    """Starts `count` worker processes; their environment is ours updated with `environment`.

    They write their log to the file `log`, or without one to our standard error.
    """

    def __init__(self, count: int, environment: Mapping[str, str], log: Path | None) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log
        self._processes = [self._start(position) for position in range(count)]
        self._failures: list[tuple[int, float]] = []

    def __enter__(self) -> "Supervisor":
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
        """The process ids of the workers running now."""
        return [process.pid for process in self._processes]

    @property
    def failures(self) -> int:
        """How often a worker ended without having been stopped."""
        return len(self._failures)

    def check(self) -> None:
        """Restart workers that have ended; raises `WorkersFailed` when one keeps failing."""
        for position, process in enumerate(self._processes):
            if process.poll() is not None:
                self._record_failure(position, process.returncode)
                self._processes[position] = self._start(position)

    def stop(self) -> None:
        """Stop all workers with SIGTERM; kill those that have not ended in time."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes:
            _wait_or_kill(process, deadline)

    def _record_failure(self, position: int, status: int) -> None:
        now = time.monotonic()
        self._failures.append((position, now))
        # Counted for each worker: when Redis or Kafka fails, all of them fail at once.
        recent = [
            at for other, at in self._failures if other == position and now - at < _FAILURE_SECONDS
        ]
        if len(recent) > _MAX_FAILURES:
            where = f"; their log is {self._log}" if self._log else ""
            raise WorkersFailed(
                f"a worker failed {len(recent)} times within {_FAILURE_SECONDS:.0f} s,"
                f" last with status {status}{where}"
            )

    def _start(self, position: int) -> "subprocess.Popen[bytes]":
        # -P: a schemas.py or stream.py in the current folder is none of ours.
        command = [sys.executable, "-P", "-m", "petrel", "worker"]
        environment = self._environment | self._health_port(position)
        environment[_WORKER] = str(position + 1)
        if self._log is None:
            return subprocess.Popen(command, env=environment)
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def _health_port(self, position: int) -> dict[str, str]:
        first = self._environment.get(_HEALTH_PORT)
        return {_HEALTH_PORT: str(int(first) + position)} if first else {}


def supervise(count: int, environment: Mapping[str, str]) -> None:
    """Keep `count` workers running until SIGTERM or SIGINT."""
    received: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: received.append(number))
    with Supervisor(count, environment, None) as supervisor:
        while not received:
            supervisor.check()
            time.sleep(_POLL_SECONDS)


def _wait_or_kill(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
