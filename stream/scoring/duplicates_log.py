"""Tell of texts that were forgotten early, and of ids used twice: once a minute, however many."""

import logging
import time
from collections import Counter
from collections.abc import Iterable

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 60.0


class DuplicatesLog:
    """Logs how many firsts had to make room, of `capacity` that are kept.

    And how many documents of each Kafka topic came with an id that another has, too.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._dropped = 0
        self._same_ids: Counter[str] = Counter()
        self._last = float("-inf")

    def add_dropped(self, documents: int) -> None:
        """So many documents more were dropped."""
        self._dropped += documents

    def add_same_ids(self, topics: Iterable[str]) -> None:
        """Documents more whose id another has, each by its Kafka topic."""
        self._same_ids.update(topics)

    def tell(self) -> None:
        """Log what was added since the last time, if that is a minute ago."""
        nothing = not self._dropped and not self._same_ids
        if nothing or time.monotonic() - self._last < _INTERVAL_SECONDS:
            return
        self._last = time.monotonic()
        if self._dropped:
            self._tell_dropped()
        if self._same_ids:
            self._tell_same_ids()

    def _tell_dropped(self) -> None:
        log.warning(
            "texts are forgotten before PETREL_DUPLICATE_HOURS: more than"
            " PETREL_DUPLICATE_DOCUMENTS (%d) came, so later copies of them count as new",
            self._capacity,
            extra={"fields": {"documents": self._dropped}},
        )
        self._dropped = 0

    def _tell_same_ids(self) -> None:
        log.info(
            "senders use ids for several records: each is a document of its own, and one that asks"
            " for a deletion by id asks for that of all",
            extra={
                "fields": {
                    "documents": self._same_ids.total(),
                    "kafka_topics": dict(sorted(self._same_ids.items())),
                }
            },
        )
        self._same_ids.clear()
