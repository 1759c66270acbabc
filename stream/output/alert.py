"""The Kafka record of an alert.

Of one that is too large the last evidence is left out, then the last members of a group.
"""

from typing import TypeVar

from msgspec.structs import replace

from schemas.alert import Alert, AnyAlert, GroupAlert
from schemas.codec import encode
from stream.records import Outgoing


def alert_outgoing(alert: AnyAlert, topic: str) -> Outgoing:
    """The record of `alert`."""
    key = f"{alert.kind}:{alert.subject}".encode()
    empty = Outgoing(topic, key, b"")

    def cut(limit: int) -> Outgoing:
        room = limit - empty.size
        if isinstance(alert, GroupAlert):
            return replace(empty, value=encode(cut_group(alert, room)))
        return replace(empty, value=encode(cut_alert(alert, room)))

    return replace(empty, value=encode(alert), cut=cut)


def cut_alert(alert: Alert, room: int) -> Alert:
    """`alert` with as many documents as fit in `room` bytes of JSON; `notes` say how many."""
    return _cut(alert, "documents", room)


def cut_group(alert: GroupAlert, room: int) -> GroupAlert:
    """`alert` with as many documents, then as many members, as fit; `notes` say how many."""
    return _cut(_cut(alert, "documents", room), "members", room)


_Alert = TypeVar("_Alert", Alert, GroupAlert)


def _cut(alert: _Alert, field: str, room: int) -> _Alert:
    """`alert` with as many of the list in `field` as fit in `room` bytes of JSON."""
    whole = getattr(alert, field)
    smaller = alert
    for kept in reversed(range(len(whole))):
        if len(encode(smaller)) <= room:
            break
        note = f"{field}: the first {kept} of {len(whole)} kept to fit in Kafka"
        smaller = replace(alert, **{field: whole[:kept]}, notes=[*alert.notes, note])
    return smaller
