"""Why an alert makes a transition, in one sentence for people.

It is made of the alert's own numbers, so it is the same whenever it is worked out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Alert, Evidence
from schemas.times import isoformat

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Copies from which on a story is said to spread: two or three senders repeat any headline.
_MANY_COPIES = 5

# Senders choose the names of sources: a long one must not push the numbers off the screen.
_MAX_SOURCE = 40


def reason(alert: Alert) -> str:
    """What was said and what is usual; which story spreads, and what came first of what is shown.

    Times are in UTC.
    """
    numbers = f"{_said(alert)}; {_usual(alert)}"
    open_for = duration(alert.at - alert.opened_at)
    if alert.transition == "resolve":
        return f"Over after {open_for}: {numbers}"
    if alert.transition == "escalate":
        # What came first was said at the opening; of many documents it is often not shown.
        return "; ".join([f"Worse after {open_for}: {numbers}", *_spread(alert)])
    return "; ".join([numbers, *_spread(alert), *_first(alert)])


def duration(span: timedelta) -> str:
    """`span` in the largest unit of which it has two, and never less than a minute."""
    for unit, name in ((_DAY, "days"), (_HOUR, "hours")):
        if (count := round(span / unit)) >= 2:
            return f"{count} {name}"
    minutes = max(1, -(-span // _MINUTE))
    if minutes >= 60:
        return "an hour"
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _said(alert: Alert) -> str:
    window = alert.window
    span = duration(window.end - window.start)
    if not window.documents:
        return f"no document in {span}"
    if not window.negative:
        return f"none negative of {window.documents:,} in {span}"
    share = _percent(window.negative / window.documents)
    what = _counted(alert, alert.distinct)
    return f"{window.negative:,} negative of {window.documents:,} ({share}) in {span}, {what}"


def _usual(alert: Alert) -> str:
    expected = alert.baseline.negative
    count = "less than one" if expected < 1 else f"{round(expected):,}"
    return f"usual: {count}, {_percent(alert.baseline.share)}"


def _spread(alert: Alert) -> Iterator[str]:
    copies = max((one.copies for one in alert.documents), default=0)
    if copies >= _MANY_COPIES:
        yield f"one story, {copies:,} copies"


def _first(alert: Alert) -> Iterator[str]:
    arrived = [(one.arrived_at, one) for one in alert.documents if one.arrived_at]
    if arrived:
        at, first = min(arrived, key=lambda one: (one[0], one[1].id))
        yield f"first shown: {_source(first)} {_clock(at, alert.at)}"


def _counted(alert: Alert, count: int) -> str:
    if alert.kind == "entity":
        return f"{count:,} {'story' if count == 1 else 'stories'}"
    # What names no company counts by its story.
    return f"{count:,} {'company or story' if count == 1 else 'companies or stories'}"


def _source(one: Evidence) -> str:
    printable = "".join(c if c.isprintable() else " " for c in one.source)
    name = " ".join(printable.split()) or "unnamed"
    return name if len(name) <= _MAX_SOURCE else f"{name[: _MAX_SOURCE - 1].rstrip()}…"


def _clock(at: datetime, now: datetime) -> str:
    day, clock = isoformat(at)[:16].split("T")
    return f"{clock} UTC" if isoformat(now).startswith(day) else f"{day} {clock} UTC"


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
