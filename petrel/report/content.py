"""What a report shows: gathered from the backtest, and from its source once more."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from petrel.console.meter import Meter
from schemas.alert import AnyAlert, GroupAlert
from stream.backtest.key_course import KeyCourse
from stream.backtest.known_events import Figures, KnownEvent, figures, first_alerts
from stream.clients.backtest.runner import BacktestResult, courses_of
from stream.clients.backtest.sweep import Trial
from stream.settings import Settings

# Keys in a report, those with the most alerts: more make a page that nobody reads to its end.
MAX_KEYS = 30


class Report(Struct, frozen=True, kw_only=True):
    """What a report shows; `title` is what was tested."""

    title: str
    result: BacktestResult
    figures: Figures
    courses: Sequence[KeyCourse]
    trials: Sequence[Trial] = ()


def gather(
    settings: Settings,
    source: str,
    result: BacktestResult,
    trials: Sequence[Trial] = (),
    events: Sequence[KnownEvent] = (),
) -> Report:
    """The report of the backtest of `source` that gave `result`."""
    with Meter("documents, for the report") as meter:
        courses = courses_of(settings, source, alerting_keys(result.alerts), result, meter.show)
    return Report(
        title=source,
        result=result,
        figures=figures(result.alerts, result.time, events),
        courses=courses,
        trials=trials,
    )


def alerting_keys(alerts: Sequence[AnyAlert]) -> list[str]:
    """The keys that have a place in a report, those that alert most often first."""
    opened = Counter(one.key for one in first_alerts(alerts))
    return [key for key, _ in opened.most_common(MAX_KEYS)]


def keys_of(alert: AnyAlert) -> list[str]:
    """The window keys that `alert` is about: one, or those of the members of a group."""
    if isinstance(alert, GroupAlert):
        return [f"entity:{one.subject}" for one in alert.members]
    return [f"{alert.kind}:{alert.subject}"]
