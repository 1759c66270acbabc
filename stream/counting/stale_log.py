"""Tell how many documents are stale: once a minute, however many they are."""

import logging
import time
from collections import Counter
from collections.abc import Mapping

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0


class StaleLog:
    """Logs how many stale documents each Kafka topic brought; `stale_after` in milliseconds."""

    def __init__(self, stale_after: int) -> None:
        self._stale_after = stale_after
        self._documents: Counter[str] = Counter()
        self._last = float("-inf")

    def add(self, documents: Mapping[str, int]) -> None:
        """So many documents more are stale, by Kafka topic."""
        self._documents.update(documents)

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        if not self._documents or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        fields = {
            "documents": self._documents.total(),
            "kafka_topics": dict(sorted(self._documents.items())),
        }
        log.warning(
            "stale documents are in no window and no judgement: older than %g s when they came,"
            " or from before their Kafka topic was an input",
            self._stale_after / 1000,
            extra={"fields": fields},
        )
        self._documents.clear()
