"""What a worker says of itself: once when it starts, and then once a minute."""

import logging
import time
from importlib.metadata import version

from bundle.classifier import Classifier
from stream.settings import Settings
from stream.watchlist.watchlist import Watchlist

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 60.0


def tell_start(settings: Settings, classifier: Classifier, watchlist: Watchlist) -> None:
    """Log what the worker is and works with; without a watch list also what that means."""
    fields = {
        "version": version("petrel"),
        "model": f"{classifier.name} {classifier.version}",
        "inputs": settings.input_topics,
        "watchlist": watchlist.version,
        "companies": watchlist.size,
        "kafka": settings.kafka_bootstrap,
    }
    log.info("worker starts", extra={"fields": fields})
    if settings.watchlist is None:
        log.warning(
            "there is no watch list (PETREL_WATCHLIST): of companies only those are counted that"
            " a document names in its field `entities`"
        )


class ProgressLog:
    """Logs the rate, the lag and the dead letters of a worker."""

    def __init__(self) -> None:
        self._records = 0
        self._last = time.monotonic()

    def tell(self, records: int, *, partitions: int, lag: int, dead_letters: int) -> None:
        """Log how far the worker is.

        `records`, all that it has read of the inputs and done, and `dead_letters` are since its
        start; `lag` is how many records wait in its `partitions`.
        """
        now = time.monotonic()
        rate = (records - self._records) / max(now - self._last, 1e-9)
        self._records, self._last = records, now
        fields = {
            "records_per_second": round(rate, 1),
            "partitions": partitions,
            "lag": lag,
            "dead_letters": dead_letters,
        }
        log.info("progress", extra={"fields": fields})
