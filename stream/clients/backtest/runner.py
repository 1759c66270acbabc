"""Do one backtest from beginning to end."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from schemas.alert import Alert
from sources.files.row import OnError, RowError
from stream.backtest.backtest import Backtest
from stream.backtest.placement import Placement
from stream.backtest.time_order import Placed
from stream.clients.backtest.scored_log import open_log
from stream.settings import Settings

# Documents from one report of the progress to the next.
_REPORT_EACH = 2_000

_SECONDS_A_DAY = 86_400


class BacktestResult(Struct, frozen=True, kw_only=True):
    """What came out: the alerts by time, and what became of the records.

    documents: those that count. stale, repeats: those that do not. unread: what is no scored
    record. days: the time from the first to the last document.
    """

    alerts: list[Alert]
    documents: int
    stale: int
    repeats: int
    unread: int
    days: float


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

    with open_log(settings, source, count) as log:
        alerts = list(Backtest(settings).alerts(reported(log, report)))
        placement = log.placement
    return BacktestResult(
        alerts=alerts,
        documents=placement.documents,
        stale=placement.stale,
        repeats=placement.repeats,
        unread=unread,
        days=_days(placement),
    )


def reported(placed: Iterable[Placed], report: Callable[[int], None]) -> Iterator[Placed]:
    """`placed`, with `report` called now and then with how many there were."""
    for number, one in enumerate(placed):
        if number % _REPORT_EACH == 0:
            report(number)
        yield one


def _days(placement: Placement) -> float:
    return (placement.last - placement.first) / _SECONDS_A_DAY
