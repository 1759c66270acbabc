"""Why a group makes a transition, in one sentence for people."""

from collections.abc import Callable

from schemas.alert import GroupAlert
from stream.windows.reason import duration

# Members that are named, those with the highest scores: a line is to be read.
_MAX_NAMED = 10


def group_reason(alert: GroupAlert, name_of: Callable[[str], str] = str) -> str:
    """How many companies turned, how fast, and which are worst; `name_of` gives their names."""
    numbers = f"{_turned(alert)}; highest scores: {_worst(alert, name_of)}"
    open_for = duration(alert.at - alert.opened_at)
    if alert.transition == "resolve":
        return f"Over after {open_for}: {numbers}"
    return f"Worse after {open_for}: {numbers}" if alert.transition == "escalate" else numbers


def _turned(alert: GroupAlert) -> str:
    goes_on = 0 < alert.unresolved < alert.companies
    left = f", {alert.unresolved:,} still open" if goes_on else ""
    within = duration(alert.latest - alert.first)
    return f"{alert.companies:,} companies turned negative within {within}{left}"


def _worst(alert: GroupAlert, name_of: Callable[[str], str]) -> str:
    named = alert.members[:_MAX_NAMED]
    shown = ", ".join(f"{name_of(one.subject)} {one.score}" for one in named)
    more = alert.companies - len(named)
    return shown + (f" and {more:,} more" if more > 0 else "")
