"""Publishing alerts: in order of time over all shards, put together where they are many, and sent.

What shards have judged is taken in up to the second until which all of them are, so that the
outcome does not depend on which shard is judged first. A shard that is behind holds up the alerts
of all. What is published lies in an outbox, written in the same call as the state that it follows
from, until every sink has it.
"""

import logging
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from schemas.alert import Alert, AnyAlert, decode_alert
from schemas.codec import decode, encode
from stream.counting.judging.publish_store import PublishStore
from stream.grouping.group import second_of
from stream.grouping.group_rule import GroupRule
from stream.grouping.grouping import Grouping, GroupingState
from stream.sinks import AlertSink

log = logging.getLogger(__name__)

# Alerts taken in, and sent, in one step: bounds what is in memory after sinks were away.
_MAX_ALERTS = 500


class Published(Struct, frozen=True):
    """Until which second all is published, and how many alerts were taken in or sent for it."""

    until: int
    count: int


class AlertPublisher:
    """Publishes alerts by `rule`; `sinks` are sent every one."""

    def __init__(self, store: PublishStore, sinks: Sequence[AlertSink], rule: GroupRule) -> None:
        self._store = store
        self._sinks = sinks
        self._rule = rule

    async def publish(self) -> Published:
        """Publish some of what is judged in all shards, and send some of what is published."""
        taken, waiting = await self._store.progress(_MAX_ALERTS)
        count = await self._send(waiting)
        shards = await self._store.alerts(int(taken or 0), _MAX_ALERTS)
        until = min(one.known for one in shards)
        alerts = [decode(data, Alert) for one in shards for data in one.alerts]
        ready = [one for one in alerts if second_of(one.at) <= until]
        if not ready:
            return Published(until, count)
        published = await self._take_in(taken, ready, until)
        if published is None:
            # Another worker was first, and may not have come as far.
            return Published(int(taken or 0), count)
        await self._send(published)
        return Published(until, count + len(ready))

    async def _take_in(
        self, taken: bytes, alerts: Sequence[Alert], until: int
    ) -> list[bytes] | None:
        """What is published of `alerts`, all since `taken`, unless another worker did meanwhile."""
        current, state = await self._store.state()
        if current != taken:
            return None
        before = msgspec.json.decode(state, type=GroupingState) if state else None
        grouping = Grouping(self._rule, before)
        published = [encode(one) for one in grouping.publish(alerts, until)]
        now = msgspec.json.encode(grouping.state)
        written = await self._store.publish(taken, until, now, published)
        return published if written else None

    async def _send(self, waiting: Sequence[bytes]) -> int:
        if not waiting:
            return 0
        alerts = [decode_alert(data) for data in waiting]
        for sink in self._sinks:
            await sink.send(alerts)
        await self._store.sent(waiting)
        for alert in alerts:
            log.info("alert", extra={"fields": _summary(alert)})
        return len(alerts)


def _summary(alert: AnyAlert) -> dict[str, object]:
    return {
        "alert": alert.alert,
        "transition": alert.transition,
        "key": f"{alert.kind}:{alert.subject}",
        "severity": alert.severity,
        "score": alert.score,
        "reason": alert.reason,
    }
