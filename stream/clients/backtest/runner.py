"""Do one backtest from beginning to end."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from schemas.alert import AnyAlert
from sources.files.row import OnError, RowError
from stream.backtest.backtest import alerts_of
from stream.backtest.key_course import KeyCourse, key_courses
from stream.backtest.time_order import Placed
from stream.clients.backtest.scored_log import open_log
from stream.settings import Settings

# Documents from one report of the progress to the next.
_REPORT_EACH = 2_000


class BacktestResult(Struct, frozen=True, kw_only=True):
    """What came out: the alerts by time, and what became of the records.

    documents: those that count. stale, repeats: those that do not. unread: what is no scored
    record. first, last: the seconds of the first and the last document.
    """

    alerts: list[AnyAlert]
    documents: int
    stale: int
    repeats: int
    unread: int
    first: int
    last: int

    @property
    def is_empty(self) -> bool:
        """Whether there was no scored record at all."""
        return not (self.documents or self.stale or self.repeats)

    @property
    def time(self) -> range:
        """The seconds from the first document to the last."""
        return range(self.first, self.last + 1)


def run_backtest(
    settings: Settings,
    source: str,
    on_error: OnError,
    report: Callable[[int], None] = lambda _: None,
) -> BacktestResult:
    """The backtest of `source`, a file or `kafka:<topic>`, under `settings`.

    `on_error` is called with what is no scored record, `report` with how many documents are done.

    Raises:
        FileError: the file cannot be read.
        OrderError: its records are in no order of time.
        KafkaUnavailable: no broker answers.
        NothingThere: there is no such Kafka topic.
    """
    unread = 0

    def count(error: RowError) -> None:
        nonlocal unread
        unread += 1
        on_error(error)

    with open_log(settings, source, count) as log, _no_collector():
        alerts = list(alerts_of(reported(log, report), settings))
        placement = log.placement
    return BacktestResult(
        alerts=alerts,
        documents=placement.documents,
        stale=placement.stale,
        repeats=placement.repeats,
        unread=unread,
        first=placement.first,
        last=placement.last,
    )


def courses_of(
    settings: Settings,
    source: str,
    keys: Collection[str],
    result: BacktestResult,
    report: Callable[[int], None] = lambda _: None,
) -> list[KeyCourse]:
    """How `keys` went in the backtest that gave `result`; reads the source once more."""
    if not keys:
        return []
    with open_log(settings, source, lambda _: None) as log, _no_collector():
        return key_courses(reported(log, report), settings, keys, result.time)


def reported(placed: Iterable[Placed], report: Callable[[int], None]) -> Iterator[Placed]:
    """`placed`, with `report` called now and then with how many there were."""
    for number, one in enumerate(placed):
        if number % _REPORT_EACH == 0:
            report(number)
        yield one


@contextmanager
def _no_collector() -> Iterator[None]:
    """Let Python look for no cycles: none are made, and to look takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
