"""Tell of keys that would have alerted and are still learning: each once, some of them a minute."""

import logging
import time
from collections import OrderedDict

from schemas.times import from_millis, isoformat
from stream.windows.buckets import SECOND

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0

# Keys that a line names: a first hour has many of them, and a line is to be read.
_MAX_NAMED = 5

# Keys that are remembered as told, those told last: senders make keys.
_MAX_TOLD = 10_000


class LearningLog:
    """Logs once of each key that it would have alerted, and from when on it may.

    What comes within a minute of the last line goes in one line together.
    """

    def __init__(self) -> None:
        self._told: OrderedDict[str, int] = OrderedDict()
        self._waiting: dict[str, int] = {}
        self._last = float("-inf")

    def add(self, key: str, until: int) -> None:
        """`key` would have alerted, and may not before the second `until`."""
        if self._told.get(key) == until:
            return
        self._told[key] = self._waiting[key] = until
        while len(self._told) > _MAX_TOLD:
            oldest, _ = self._told.popitem(last=False)
            self._waiting.pop(oldest, None)

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        if not self._waiting or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        named = list(self._waiting.items())[:_MAX_NAMED]
        log.warning(
            "no alert, though it would have been one: what is usual of these keys is not known yet"
            " (PETREL_SPIKE_HISTORY)",
            extra={
                "fields": {
                    "keys": len(self._waiting),
                    "may_alert_from": {
                        key: isoformat(from_millis(until * SECOND)) for key, until in named
                    },
                }
            },
        )
        self._waiting.clear()
