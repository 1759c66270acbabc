"""Tell how many deletions are asked for and done: once a minute, however many they are."""

import logging
import time
from collections import Counter
from collections.abc import Iterable

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0


class DeletionLog:
    """Logs how many records of each Kafka topic ask for the deletion of a document.

    And of how many texts nothing is remembered any more, of which copies would have been found.
    """

    def __init__(self) -> None:
        self._records: Counter[str] = Counter()
        self._forgotten = 0
        self._last = float("-inf")

    def add_records(self, topics: Iterable[str]) -> None:
        """Records more, each by its Kafka topic."""
        self._records.update(topics)

    def add_forgotten(self, texts: int) -> None:
        """So many texts more were forgotten."""
        self._forgotten += texts

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        if not self._records or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        log.info(
            "records ask for deletions: copies of those documents are looked for no more, and what"
            " was scored of them stays",
            extra={
                "fields": {
                    "records": self._records.total(),
                    "forgotten": self._forgotten,
                    "kafka_topics": dict(sorted(self._records.items())),
                }
            },
        )
        self._records.clear()
        self._forgotten = 0
