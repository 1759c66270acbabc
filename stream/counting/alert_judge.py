"""Judging the keys that are due, and sending their alerts to the sinks.

Alerts lie in an outbox, written in the same call as the state that they follow from, until every
sink has them.
"""

import logging
from collections.abc import Sequence

from schemas.alert import Alert
from schemas.codec import decode
from stream.counting.alert_store import AlertStore
from stream.sinks import AlertSink
from stream.windows.buckets import SECOND
from stream.windows.key_evaluation import judge_key
from stream.windows.spike_rule import SpikeRule

log = logging.getLogger(__name__)

# Keys judged in one step: bounds what is in memory.
_MAX_KEYS = 64
# Alerts sent in one step: bounds what is in memory after the sinks were away.
_MAX_ALERTS = 500


class AlertJudge:
    """Judges by `rule`; `sinks` are sent every alert."""

    def __init__(self, store: AlertStore, sinks: Sequence[AlertSink], rule: SpikeRule) -> None:
        self._store = store
        self._sinks = sinks
        self._rule = rule

    async def judge(self, shard: int, horizon: int) -> int:
        """Judge some keys of `shard` that are due until `horizon`; gives how many are judged.

        `horizon` is in milliseconds from the epoch.
        """
        until = horizon // SECOND
        keys = await self._store.due(shard, until, _MAX_KEYS)
        if not keys:
            return 0
        snapshots = await self._store.read(keys)
        judged = [(one, judge_key(self._rule, one, until)) for one in snapshots]
        return await self._store.write(judged, until)

    async def send(self, shard: int) -> int:
        """Send some of the alerts of `shard` that wait, in order; gives how many."""
        waiting = await self._store.outbox(shard, _MAX_ALERTS)
        if not waiting:
            return 0
        alerts = [decode(data, Alert) for data in waiting]
        for sink in self._sinks:
            await sink.send(alerts)
        await self._store.sent(shard, waiting)
        for alert in alerts:
            log.info("alert", extra={"fields": _summary(alert)})
        return len(alerts)


def _summary(alert: Alert) -> dict[str, object]:
    return {
        "alert": alert.alert,
        "transition": alert.transition,
        "key": f"{alert.kind}:{alert.subject}",
        "severity": alert.severity,
        "score": alert.score,
    }
