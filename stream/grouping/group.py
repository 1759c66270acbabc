"""One group alert: what is remembered of it, and the record that tells of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from schemas.alert import Alert, Evidence, GroupAlert, GroupMember, Severity, Transition
from schemas.times import from_millis, to_millis
from stream.grouping.group_reason import group_reason
from stream.windows.alert_states import transition_id
from stream.windows.buckets import SECOND
from stream.windows.key_evaluation import MAX_ALERT_EVIDENCE

# The rule's name in alerts, part of their ids.
RULE: Literal["group"] = "group"

# Members that a record names, those with the highest scores: a market may have thousands.
MAX_MEMBERS = 100

# So many times as many companies as when it was told last are worth telling again.
_GROWTH = 2


class Opening(Struct, frozen=True):
    """An alert that has opened: whose it is, and its most negative document."""

    member: GroupMember
    document: Evidence | None

    @property
    def at(self) -> int:
        """The second at which it opened."""
        return second_of(self.member.opened_at)


class Group(Struct):
    """A group alert that has not resolved. Times are in seconds from the epoch.

    Its members are the alerts of companies that opened after `since` and until `latest`: of a
    member nothing else must be remembered, however many there are. Those that opened before
    `opened` were told singly. first: when the first of them opened. unresolved: how many members
    are open. told: how many companies there were when it was told last. critical: a member is.
    joining: when its latest members opened, as many as the rule asks for; empty once it takes no
    more.
    """

    id: str
    since: int
    opened: int
    first: int
    latest: int
    members: list[GroupMember] = []
    documents: list[Evidence] = []
    companies: int = 0
    unresolved: int = 0
    told: int = 0
    joining: list[int] = []
    score: int = 0
    critical: bool = False
    severity: Severity = "warning"

    def holds(self, alert: Alert) -> bool:
        """Whether `alert` of a company is a member."""
        return self.since < second_of(alert.opened_at) <= self.latest

    def was_told(self, alert: Alert) -> bool:
        """Whether `alert`, a member, was told by itself before."""
        return second_of(alert.opened_at) < self.opened

    def join(self, openings: Sequence[Opening]) -> None:
        """Take in alerts that have opened."""
        listed = {one.subject for one in self.members}
        self.companies += len({one.member.subject for one in openings} - listed)
        self.unresolved += len(openings)
        self.latest = max(one.at for one in openings)
        self._list(one.member for one in openings)
        documents = [*self.documents, *(one.document for one in openings if one.document)]
        documents.sort(key=lambda one: (-one.negative, one.id))
        self.documents = documents[:MAX_ALERT_EVIDENCE]

    def follow(self, alert: Alert) -> None:
        """Take in that a member has escalated or resolved."""
        self.unresolved -= alert.transition == "resolve"
        self._list([member_of(alert)])

    def transition(self, at: int) -> Transition | None:
        """What the second `at` has made of it, if that is to be told; asked once a second."""
        if not self.unresolved:
            return "resolve"
        has_grown = self.companies >= _GROWTH * self.told
        if not has_grown and not (self.critical and self.severity == "warning"):
            return None
        is_new = self.opened == at
        if self.critical or not is_new:
            self.severity = "critical"
        self.told = self.companies
        return "open" if is_new else "escalate"

    def _list(self, members: Iterable[GroupMember]) -> None:
        """Keep the members with the highest scores; a company that flares up again is one."""
        worst = {one.subject: one for one in self.members}
        for one in members:
            self.critical |= one.severity == "critical"
            self.score = max(self.score, one.score)
            if one.subject not in worst or one.score > worst[one.subject].score:
                worst[one.subject] = one
        ranked = sorted(worst.values(), key=lambda one: (-one.score, one.opened_at, one.subject))
        self.members = ranked[:MAX_MEMBERS]

    def record(self, transition: Transition, at: int) -> GroupAlert:
        """What is published of a transition at the second `at`."""
        made = GroupAlert(
            id=transition_id(self.id, at, transition),
            alert=self.id,
            rule=RULE,
            transition=transition,
            severity=self.severity,
            score=self.score,
            kind="group",
            subject="companies",
            opened_at=from_millis(self.opened * SECOND),
            at=from_millis(at * SECOND),
            first=from_millis(self.first * SECOND),
            latest=from_millis(self.latest * SECOND),
            companies=self.companies,
            unresolved=self.unresolved,
            members=self.members,
            documents=self.documents,
        )
        return replace(made, reason=group_reason(made))


def opening_of(alert: Alert) -> Opening:
    """What is remembered of an `alert` that opens."""
    return Opening(member_of(alert), alert.documents[0] if alert.documents else None)


def member_of(alert: Alert) -> GroupMember:
    """How a group names `alert`."""
    return GroupMember(
        alert=alert.alert,
        subject=alert.subject,
        severity=alert.severity,
        score=alert.score,
        opened_at=alert.opened_at,
    )


def second_of(time: datetime) -> int:
    """`time` in seconds from the epoch."""
    return to_millis(time) // SECOND
