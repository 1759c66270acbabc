"""The Kafka record of an alert; of one that is too large the last evidence is left out."""

from msgspec.structs import replace

from schemas.alert import Alert
from schemas.codec import encode
from stream.records import Outgoing


def alert_outgoing(alert: Alert, topic: str) -> Outgoing:
    """The record of `alert`."""
    key = f"{alert.kind}:{alert.subject}".encode()
    empty = Outgoing(topic, key, b"")

    def cut(limit: int) -> Outgoing:
        return replace(empty, value=encode(cut_alert(alert, limit - empty.size)))

    return replace(empty, value=encode(alert), cut=cut)


def cut_alert(alert: Alert, room: int) -> Alert:
    """`alert` with as many documents as fit in `room` bytes of JSON; `notes` say how many."""
    whole = len(alert.documents)
    smaller = alert
    for kept in reversed(range(whole)):
        if len(encode(smaller)) <= room:
            break
        note = f"documents: the first {kept} of {whole} kept to fit in Kafka"
        smaller = replace(alert, documents=alert.documents[:kept], notes=[note])
    return smaller
