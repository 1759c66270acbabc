"""Closing what the watermark has passed: windows to Kafka, then the store, then alerts to sinks.

Windows are worked out from the store alone, so that a crash between any two steps only makes the
next worker emit the same windows again. Alerts lie in an outbox, written in the same call as the
state that they follow from, until every sink has them.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from zlib import crc32

from schemas.alert import Alert
from schemas.codec import decode, encode
from schemas.window import SentimentWindow
from stream.counting.store import Store
from stream.kafka import Producer
from stream.records import Outgoing
from stream.settings import Settings
from stream.sinks import AlertSink
from stream.windows.closing import close
from stream.windows.watermark import MINUTE

log = logging.getLogger(__name__)

# Keys closed in one round trip: bounds what is in memory when a day is closed at once.
_MAX_KEYS = 64


class WindowCloser:
    """The detect agent's work, apart from Faust.

    `sinks` are sent every alert. `owned` gives the shards this worker closes: those of its
    partitions of the scored topic. `window_partitions` is how many the Kafka topic of windows has.
    """

    def __init__(
        self,
        store: Store,
        producer: Producer,
        sinks: Sequence[AlertSink],
        settings: Settings,
        window_partitions: int,
        owned: Callable[[], Iterable[int]],
    ) -> None:
        self._store = store
        self._producer = producer
        self._sinks = sinks
        self._topic = settings.topics.windows
        self._rule = settings.spike
        self._grace = ceil(settings.grace / 60)
        self._window_partitions = window_partitions
        self._owned = owned

    async def close_due(self) -> None:
        """Close all that the watermark has passed, in the shards this worker owns."""
        until = await self._store.watermark() // MINUTE
        for shard in sorted(self._owned()):
            while keys := await self._store.due(shard, until, _MAX_KEYS):
                await self._close(keys, until)
            await self._send_alerts(shard)

    async def _close(self, keys: list[str], until: int) -> None:
        snapshots = await self._store.read(keys)
        closings = [(one, close(self._rule, one, until, self._grace)) for one in snapshots]
        windows = [window for _, closing in closings for window in closing.windows]
        await self._producer.send_all(map(self._window_record, windows))
        await self._store.close(closings, until)

    async def _send_alerts(self, shard: int) -> None:
        waiting = await self._store.outbox(shard)
        if not waiting:
            return
        alerts = [decode(data, Alert) for data in waiting]
        for sink in self._sinks:
            await sink.send(alerts)
        await self._store.sent(shard, waiting)
        for alert in alerts:
            log.info("alert", extra={"fields": _summary(alert)})

    def _window_record(self, window: SentimentWindow) -> Outgoing:
        # By subject and not by key, which differs for each window: a subject's come in order.
        partition = crc32(f"{window.kind}:{window.subject}".encode()) % self._window_partitions
        return Outgoing(self._topic, window.key.encode(), encode(window), partition)


def _summary(alert: Alert) -> dict[str, object]:
    return {
        "alert": alert.alert,
        "transition": alert.transition,
        "key": f"{alert.kind}:{alert.subject}",
        "severity": alert.severity,
        "score": alert.score,
    }
