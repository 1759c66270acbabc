"""Alerts beside what is known to have happened: how many are right, what is told, how late."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from statistics import median

from msgspec import Struct

from schemas.alert import AnyAlert, GroupAlert

_SECONDS_A_DAY = 86_400


class KnownEvent(Struct, frozen=True):
    """Something that an alert on `key` should tell, from `start` until before `end`."""

    key: str
    start: datetime
    end: datetime

    def holds(self, time: datetime) -> bool:
        """Whether `time` lies in it."""
        return self.start <= time < self.end

    def overlaps(self, time: range) -> bool:
        """Whether it has a part in the seconds of `time`."""
        return self.start.timestamp() < time.stop and self.end.timestamp() > time.start


class FirstAlert(Struct, frozen=True):
    """That `key` has turned was told for the first time, of one alert, at this time."""

    key: str
    at: datetime


class Figures(Struct, frozen=True):
    """How alerts did over `days`.

    precision: of the alerts on keys of a kind of which events are known, the share that opened in
    an event of their key. recall: the share of events in which an alert opened. delay: the median
    of the seconds from the begin of an event to its first alert. Each is None where there is
    nothing to divide by, or no events are known. A group is one alert, and as many as it has
    members where it is asked what is right and what is told.
    """

    days: float
    alerts: int
    alerts_per_day: float | None
    precision: float | None = None
    recall: float | None = None
    delay: float | None = None


def figures(
    alerts: Iterable[AnyAlert], time: range, events: Collection[KnownEvent] = ()
) -> Figures:
    """The figures of those `alerts` that open, by the events in the seconds of `time`."""
    days = len(time) / _SECONDS_A_DAY
    events = [one for one in events if one.overlaps(time)]
    alerts = list(alerts)
    opened = [alert for alert in alerts if alert.transition == "open"]
    rate = len(opened) / days if days else None
    if not events:
        return Figures(days, len(opened), rate)
    by_key = defaultdict(list)
    for event in events:
        by_key[event.key].append(event)
    firsts: dict[KnownEvent, datetime] = {}
    # What is known of companies says nothing of alerts on topics.
    kinds = {event.key.partition(":")[0] for event in events}
    judged = [one for one in first_alerts(alerts) if one.key.partition(":")[0] in kinds]
    right = 0
    for first in judged:
        told = [one for one in by_key[first.key] if one.holds(first.at)]
        right += bool(told)
        for event in told:
            firsts.setdefault(event, first.at)
    delays = [(at - event.start).total_seconds() for event, at in firsts.items()]
    return Figures(
        days=days,
        alerts=len(opened),
        alerts_per_day=rate,
        precision=right / len(judged) if judged else None,
        recall=len(firsts) / len(set(events)),
        delay=median(delays) if delays else None,
    )


def first_alerts(alerts: Iterable[AnyAlert]) -> Iterator[FirstAlert]:
    """When `alerts` told of which key first: of members of a group, when a record names them."""
    known = set[str]()
    for alert in sorted(alerts, key=lambda one: one.at):
        if isinstance(alert, GroupAlert):
            new = [one for one in alert.members if one.alert not in known]
            known.update(one.alert for one in new)
            yield from (FirstAlert(f"entity:{one.subject}", alert.at) for one in new)
        elif alert.transition == "open":
            known.add(alert.alert)
            yield FirstAlert(f"{alert.kind}:{alert.subject}", alert.at)
