"""Noticing a worker that gets nowhere: it holds records, or lags, or hangs altogether."""

import faulthandler
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class Watchdog(Generic[Partition]):
    """Counts records taken in and done, and follows what is committed.

    Times are seconds of one steady clock.
    """

    def __init__(self, now: float) -> None:
        self._held = 0
        self._done = now
        self._committed: dict[Partition, int] = {}
        self._lag = 0
        self._kept_up = now
        self._heard = now

    def taken(self, now: float) -> None:
        """A record was taken in."""
        if not self._held:
            self._done = now
        self._held += 1

    def done(self, now: float) -> None:
        """A record was acknowledged, or let go: somebody reads it again."""
        self._held -= 1
        self._done = now

    def heard(
        self, committed: Mapping[Partition, int], ends: Mapping[Partition, int], now: float
    ) -> None:
        """Kafka said where each partition that is read ends; `committed` is how far we are."""
        lag = sum(ends.values()) - sum(committed.values())
        # One that does not grow is none: what ends a transaction has an offset and is no record.
        if committed != self._committed or lag <= self._lag:
            self._committed, self._lag, self._kept_up = dict(committed), lag, now
        self._heard = now

    def complaint(self, now: float, patience: float) -> str | None:
        """What has not moved for longer than `patience`, in words; None when nothing is wrong."""
        if self._held and now - self._done > patience:
            return f"records are held and none was acknowledged for {patience:.0f} s"
        if self._heard - self._kept_up > patience:
            return f"lag grows and nothing was committed for {patience:.0f} s"
        if now - self._heard > patience:
            return f"Kafka has not said for {patience:.0f} s where its partitions end"
        return None


def alive(patience: float) -> None:
    """Put the end of this process off for `patience` seconds.

    What hangs then is told on standard error, with the stack of every thread. It works even while
    the event loop's thread, or whoever holds the interpreter's lock, does nothing at all.
    """
    faulthandler.dump_traceback_later(patience, exit=True)
