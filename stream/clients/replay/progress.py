"""How far a replay is."""

import time
from collections.abc import Callable

from msgspec import Struct

from schemas.deadletter import dead_letter_topic
from stream.clients.replay.summary import count_records
from stream.settings import Settings
from stream.supervisor import Supervisor

_REPORT_SECONDS = 0.5


class ReplayProgress(Struct, frozen=True):
    """Documents in all, sent to the workers, and finished: scored or set aside."""

    total: int
    sent: int
    finished: int


class ProgressReporter:
    """Calls `report` with the progress now and then, and restarts workers that failed."""

    def __init__(
        self,
        settings: Settings,
        workers: Supervisor,
        total: int,
        report: Callable[[ReplayProgress], None],
    ) -> None:
        self._workers = workers
        self._outputs = (settings.topics.scored, dead_letter_topic(settings.input_topics[0]))
        self._settings = settings
        self._total = total
        self._report = report
        self._sent = 0
        self._last_report = 0.0

    async def sent(self, count: int) -> None:
        """Report that `count` documents are sent; raises as `update` does."""
        self._sent = count
        await self.update()

    async def update(self) -> None:
        """Report what has come out; raises `WorkersFailed` when the workers keep failing."""
        self._workers.check()
        if time.monotonic() - self._last_report < _REPORT_SECONDS:
            return
        counts = [await count_records(self._settings, topic) for topic in self._outputs]
        finished = min(sum(counts), self._total)
        self._report(ReplayProgress(self._total, self._sent, finished))
        self._last_report = time.monotonic()
