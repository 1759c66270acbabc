"""Puts alerts of companies together: the transitions of all keys in, those that are published out.

An alert of a company is a member of a group when, with it, the alerts of so many companies have
opened within the span, and those that it was counted with are still open. The first of which that
is so opens the group, and takes the others in; while it goes on to be so, what opens is a member,
too. Members are not told any more: neither that they open, nor that they escalate, nor, but for
those that were told before, that they resolve. A group resolves with the last of its members.

Alerts of what is no company are told as they are.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from schemas.alert import Alert, AnyAlert
from stream.grouping.group import RULE, Group, Opening, opening_of, second_of
from stream.grouping.group_rule import GroupRule
from stream.windows.alert_states import digest
from stream.windows.buckets import SECONDS_A_MINUTE

# Groups that are open at once. Beyond it all is told singly: bounds what is remembered.
_MAX_GROUPS = 64


class GroupingState(Struct):
    """What is remembered from one call to the next. Times are in seconds from the epoch.

    until: all transitions until then are taken in. settled: what opened until then is no candidate
    any more. candidates: the alerts, told singly and open, that may be members of a group to come.
    groups: those that are open, the latest last.
    """

    until: int = 0
    settled: int = 0
    candidates: list[Opening] = []
    groups: list[Group] = []


class Grouping:
    """Takes in the transitions of alerts in order of time, in as many pieces as one likes."""

    def __init__(self, rule: GroupRule, state: GroupingState | None = None) -> None:
        self.state = state or GroupingState()
        self._size = rule.size
        self._span = rule.span * SECONDS_A_MINUTE

    def publish(self, alerts: Iterable[Alert], until: int) -> list[AnyAlert]:
        """What is published of `alerts`, which are all until the second `until`, in order.

        Those that were taken in before are passed over.
        """
        published: list[AnyAlert] = []
        for at, some in groupby(sorted(alerts, key=in_order), key=lambda one: second_of(one.at)):
            if at > self.state.until:
                published += sorted(self._take_in(at, list(some)), key=in_order)
        self.state.until = max(self.state.until, until)
        return published

    def _take_in(self, at: int, alerts: Sequence[Alert]) -> list[AnyAlert]:
        told: list[AnyAlert] = [one for one in alerts if one.kind != "entity"]
        companies = [one for one in alerts if one.kind == "entity"]
        told += [one for one in companies if one.transition != "open" and self._is_told(one)]
        told += self._open(at, [one for one in companies if one.transition == "open"])
        for group in self.state.groups:
            if transition := group.transition(at):
                told.append(group.record(transition, at))
        self.state.groups = [one for one in self.state.groups if one.unresolved]
        return told

    def _is_told(self, alert: Alert) -> bool:
        """Take in what became of `alert`, and say whether it is told by itself."""
        resolves = alert.transition == "resolve"
        for group in self.state.groups:
            if group.holds(alert):
                group.follow(alert)
                return resolves and group.was_told(alert)
        if resolves:
            left = [one for one in self.state.candidates if one.member.alert != alert.alert]
            self.state.candidates = left
        return True

    def _open(self, at: int, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Take in `alerts` that open; gives those that are told singly."""
        if not alerts:
            return []
        openings, since = [opening_of(one) for one in alerts], at - self._span
        if (group := self._joinable(since, len(openings))) is None:
            group, openings = self._new_group(at, since, openings)
        if group is None:
            return alerts
        group.join(openings)
        group.joining = [*group.joining, *(one.at for one in openings)][-self._size :]
        self.state.settled = at
        return []

    def _joinable(self, since: int, more: int) -> Group | None:
        """The group that takes `more` alerts in, if so many have come since then."""
        for group in self.state.groups:
            recent = sum(at > since for at in group.joining)
            if recent and recent + more >= self._size:
                return group
            group.joining = []
        return None

    def _new_group(
        self, at: int, since: int, openings: list[Opening]
    ) -> tuple[Group | None, list[Opening]]:
        """A group of `openings` and the candidates, which it gives, too, if they are enough."""
        state = self.state
        members = [one for one in state.candidates if one.at > since] + openings
        if len(members) < self._size:
            state.candidates = members
            return None, openings
        state.candidates = []
        if len(state.groups) == _MAX_GROUPS:
            state.settled = at
            return None, openings
        group = Group(
            id=digest(RULE, str(at)),
            since=max(since, state.settled),
            opened=at,
            first=min(one.at for one in members),
            latest=at,
        )
        state.groups.append(group)
        return group, members


def in_order(alert: AnyAlert) -> tuple[float, str]:
    """What alerts are sorted by: their time, and those of one second by their ids."""
    return alert.at.timestamp(), alert.id
