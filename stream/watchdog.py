"""Noticing a worker that holds records and gets nowhere."""


class Watchdog:
    """Counts records taken in and records done. Times are seconds of one steady clock."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._held = 0
        self._moved = 0.0

    def taken(self, now: float) -> None:
        """A record was taken in."""
        if not self._held:
            self._moved = now
        self._held += 1

    def done(self, now: float) -> None:
        """A record was acknowledged."""
        self._held -= 1
        self._moved = now

    def stuck(self, now: float) -> bool:
        """Whether records are held and none was done for longer than the patience lasts."""
        return self._held > 0 and now - self._moved > self._patience
