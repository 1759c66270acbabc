"""Tell how many records ask for a deletion: once a minute, however many they are."""

import logging
import time
from collections import Counter
from collections.abc import Iterable

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0


class DeletionLog:
    """Logs how many records of each Kafka topic asked for the deletion of a document."""

    def __init__(self) -> None:
        self._records: Counter[str] = Counter()
        self._last = float("-inf")

    def add(self, topics: Iterable[str]) -> None:
        """Records more, each by its Kafka topic."""
        self._records.update(topics)

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        if not self._records or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        log.info(
            "records ask for deletions: what was scored of those documents stays",
            extra={
                "fields": {
                    "records": self._records.total(),
                    "kafka_topics": dict(sorted(self._records.items())),
                }
            },
        )
        self._records.clear()
