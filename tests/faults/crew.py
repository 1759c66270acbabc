"""The workers of a fault run: started, started again, stopped, signalled."""

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType

from tests.faults.worker import Preparation, work

# Within this a worker that is asked to end has drained; `petrel worker --workers` waits as long.
_DRAIN_SECONDS = 30.0

# Importing torch takes longer than a fault: one process does it, and all workers are forked there.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([work.__module__])


class NotDrainedError(RuntimeError):
    """A worker that was asked to end did not, or did not end well."""


class Crew:
    """Workers with the environment `environment`; each goes through `preparations` first."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, preparations: Sequence[Preparation]
    ) -> None:
        self._arguments = (dict(environment), log, list(preparations))
        self._workers: list[ForkServerProcess] = []
        self.ends: list[int] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()

    def __len__(self) -> int:
        return len(self._workers)

    def start(self) -> None:
        """Start one more worker."""
        worker = _CONTEXT.Process(target=work, args=self._arguments, daemon=True)
        worker.start()
        self._workers.append(worker)

    def keep(self) -> None:
        """Start a worker for each that has ended; `ends` says with which status."""
        for worker in [one for one in self._workers if not one.is_alive()]:
            self.ends.append(worker.exitcode or 0)
            self._workers.remove(worker)
            self.start()

    def stop(self) -> None:
        """Ask the oldest worker to end and wait until it has.

        Raises:
            NotDrainedError: it takes too long, or its exit status is not 0.
        """
        worker = self._workers.pop(0)
        worker.terminate()
        worker.join(_DRAIN_SECONDS)
        if worker.exitcode != 0:
            status = worker.exitcode
            worker.kill()
            raise NotDrainedError(
                f"a worker must end with 0 within {_DRAIN_SECONDS:g} s of SIGTERM; it has {status}"
            )

    def suspend(self) -> int:
        """Stop the oldest worker where it is; gives its process id."""
        pid = self._workers[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        return pid

    def kill(self) -> None:
        """Kill the oldest worker where it is."""
        self._workers[0].kill()
