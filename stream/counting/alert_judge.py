"""Judging the keys that are due, and sending their alerts to the sinks.

Keys are judged in steps that are bounded, and in a thread: a week that was held back is judged at a
steady rate, while the event loop goes on. Alerts lie in an outbox, written in the same call as the
state that they follow from, until every sink has them.
"""

import asyncio
import logging
from collections.abc import Sequence

from schemas.alert import Alert
from schemas.codec import decode
from stream.counting.alert_store import AlertStore
from stream.counting.stored_key import JudgedKey, StoredKey, judge_stored, read_evaluator
from stream.sinks import AlertSink
from stream.windows.buckets import SECOND
from stream.windows.evaluator_cache import EvaluatorCache
from stream.windows.key_evaluation import Evaluator
from stream.windows.spike_rule import SpikeRule

log = logging.getLogger(__name__)

# Checks looked at in one step: the more, the more of one key is judged at once after a long wait.
_MAX_CHECKS = 256
# Minutes of keys judged in one step: bounds how long an alert, and what else is due, waits for it.
_MAX_MINUTES = 64
# What the last hour of the keys that were judged lately may take in memory. One key takes 5 MB at
# most: 60 minutes of 512 texts and 3 records of evidence each.
_MAX_CACHED_BYTES = 50_000_000
# Alerts sent in one step: bounds what is in memory after the sinks were away.
_MAX_ALERTS = 500


class AlertJudge:
    """Judges by `rule`; `sinks` are sent every alert."""

    def __init__(self, store: AlertStore, sinks: Sequence[AlertSink], rule: SpikeRule) -> None:
        self._store = store
        self._sinks = sinks
        self._rule = rule
        self._cache = EvaluatorCache(_MAX_CACHED_BYTES)

    async def judge(self, shard: int, horizon: int) -> int:
        """Judge some keys of `shard` that are due until `horizon`; gives how many are judged.

        `horizon` is in milliseconds from the epoch.
        """
        due = await self._store.due(shard, horizon // SECOND, _MAX_CHECKS, _MAX_MINUTES)
        if not due:
            return 0
        stored = await self._store.read(due)
        cached = [self._cache.take(one.key, one.state) for one in stored]
        unknown = [one for one, found in zip(stored, cached, strict=True) if not found]
        minutes = await self._store.read_minutes(unknown) if unknown else []
        judged = await asyncio.to_thread(self._judge, stored, cached, minutes)
        written = await self._store.write(judged)
        for one, is_written in zip(judged, written, strict=True):
            if is_written:
                self._cache.put(one.key, one.state, one.evaluator)
        return sum(written)

    def _judge(
        self,
        stored: Sequence[StoredKey],
        cached: Sequence[Evaluator | None],
        minutes: Sequence[Sequence[bytes | None]],
    ) -> list[JudgedKey]:
        """Judge each key by its evaluator; one that has none has the next of `minutes`."""
        rest = iter(minutes)
        return [
            judge_stored(one, found or read_evaluator(self._rule, one, next(rest)))
            for one, found in zip(stored, cached, strict=True)
        ]

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
