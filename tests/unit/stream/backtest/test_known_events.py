"""Alerts beside known events."""

from datetime import timedelta

from schemas import AnyAlert
from stream.backtest.known_events import Figures, KnownEvent, figures
from tests.alerts import AT, alert, group

KEY = "entity:corvane-air"

# Two days.
SECOND = int(AT.timestamp())
TIME = range(SECOND - 86_400, SECOND + 86_400)


def event(start: int, end: int, key: str = KEY) -> KnownEvent:
    """From so many minutes after the alerts' time to so many."""
    return KnownEvent(key, AT + timedelta(minutes=start), AT + timedelta(minutes=end))


def test_precision_recall_and_delay() -> None:
    alerts = [
        alert(at=AT),
        alert(at=AT + timedelta(minutes=5)),
        alert(at=AT + timedelta(hours=5)),
        alert(at=AT + timedelta(minutes=1), transition="escalate"),
        alert(at=AT, kind="topic", subject="deals"),
    ]
    events = [event(-10, 60), event(-30, 10), event(400, 500), event(-5, 60, "entity:bolt")]

    assert figures(alerts, TIME, events) == Figures(
        days=2.0, alerts=4, alerts_per_day=2.0, precision=2 / 3, recall=0.5, delay=1200.0
    )


def test_an_event_ends_before_its_end() -> None:
    assert figures([alert(at=AT)], TIME, [event(-10, 0)]).recall == 0.0
    assert figures([alert(at=AT)], TIME, [event(0, 10)]).recall == 1.0


def test_what_cannot_be_said_is_none() -> None:
    assert figures([], range(0)) == Figures(days=0.0, alerts=0, alerts_per_day=None)
    assert figures([], TIME, [event(0, 1)]) == Figures(
        days=2.0, alerts=0, alerts_per_day=0.0, precision=None, recall=0.0, delay=None
    )


def test_events_of_another_time_are_left_out() -> None:
    events = [event(0, 10), event(-2000, -1440), event(1440, 2000)]

    assert figures([alert(at=AT)], TIME, events).recall == 1.0


def test_a_group_tells_of_its_members_when_it_first_names_them() -> None:
    alerts: list[AnyAlert] = [
        alert(alert="a-acme", subject="acme", at=AT - timedelta(minutes=2)),
        group("acme", "bolt"),
        group("acme", "bolt", "corvane", transition="escalate", at=AT + timedelta(minutes=8)),
        group("acme", "bolt", "corvane", transition="resolve", at=AT + timedelta(minutes=90)),
    ]
    events = [event(-5, 60, f"entity:{name}") for name in ("acme", "bolt", "corvane", "dune")]

    found = figures(alerts, TIME, events)

    assert (found.alerts, found.precision, found.recall) == (2, 1.0, 0.75)
    # Three, five and thirteen minutes.
    assert found.delay == 300.0
