"""Detect a stalled worker: nothing acknowledged, nothing committed, no answer, or hanging."""

import faulthandler
import math
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class Watchdog(Generic[Partition]):
    """Counts the records being processed, and compares committed offsets with end offsets.

    A slow model is no stall: a forward pass that it finishes is progress.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._in_progress = 0
        self._last_finished = now
        self._committed: dict[Partition, int] = {}
        self._lag = 0
        self._last_progress = now
        self._last_observed = now
        self._passes = 0
        self._last_pass = now
        self._first_uncommitted = math.inf

    def record_received(self, now: float) -> None:
        """A record was received, to be processed."""
        if not self._in_progress:
            self._last_finished = now
        self._in_progress += 1

    def record_finished(self, now: float) -> None:
        """A record was acknowledged, or released for another worker to read again."""
        self._in_progress -= 1
        self._last_finished = now
        self._first_uncommitted = min(self._first_uncommitted, now)

    def observe_passes(self, finished: int, now: float) -> None:
        """Compare the number of forward passes that the model has finished so far."""
        if finished != self._passes:
            self._passes, self._last_pass = finished, now

    def observe_lag(
        self, committed: Mapping[Partition, int], ends: Mapping[Partition, int], now: float
    ) -> None:
        """Compare the committed offset and the end offset of each assigned partition."""
        lag = sum(ends.values()) - sum(committed.values())
        # A constant lag counts as none: the end of a transaction has an offset but is no record.
        if committed != self._committed or lag <= self._lag:
            self._committed, self._lag, self._last_progress = dict(committed), lag, now
            self._first_uncommitted = math.inf
        self._last_observed = now

    def stall_reason(self, now: float, timeout: float) -> str | None:
        """What has made no progress for `timeout` seconds; None when nothing is stalled."""
        if self._in_progress and now - max(self._last_finished, self._last_pass) > timeout:
            return f"records are held and none was acknowledged for {timeout:.0f} s"
        # What was acknowledged is to be committed, however busy the model is.
        worked = min(self._last_pass, self._first_uncommitted)
        if self._last_observed - max(self._last_progress, worked) > timeout:
            return f"lag grows and nothing was committed for {timeout:.0f} s"
        if now - self._last_observed > timeout:
            return f"Kafka gave no end offsets for {timeout:.0f} s"
        return None


def restart_hang_timer(timeout: float) -> None:
    """End this process in `timeout` seconds, unless this is called again before.

    The stack of every thread is then written to standard error. This works even while the event
    loop is blocked, or while a thread does not give up the interpreter's lock.
    """
    faulthandler.dump_traceback_later(timeout, exit=True)


@contextmanager
def hang_timer(timeout: float) -> Iterator[None]:
    """End this process if the block takes longer than `timeout` seconds."""
    restart_hang_timer(timeout)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
