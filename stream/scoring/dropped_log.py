"""Tell how many texts were forgotten before their time: once a minute, however many they are."""

import logging
import time

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0


class DroppedLog:
    """Logs how many firsts had to make room, of `capacity` that are kept."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._documents = 0
        self._last = float("-inf")

    def add(self, documents: int) -> None:
        """So many documents more were dropped."""
        self._documents += documents

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        if not self._documents or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        log.warning(
            "texts are forgotten before PETREL_DUPLICATE_HOURS: more than"
            " PETREL_DUPLICATE_DOCUMENTS (%d) came, so later copies of them count as new",
            self._capacity,
            extra={"fields": {"documents": self._documents}},
        )
        self._documents = 0
