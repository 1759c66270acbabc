"""An alert stays in the outbox until every sink has it."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from schemas import Alert, encode
from stream.counting.window_closer import WindowCloser
from stream.settings import load
from stream.sinks import AlertSink
from tests.alerts import alert


class Outbox:
    """Stands for a store in which nothing is due, and alerts wait."""

    def __init__(self, *alerts: Alert) -> None:
        self.waiting = [encode(one) for one in alerts]

    async def watermark(self) -> int:
        return 0

    async def due(self, shard: int, until: int, limit: int) -> list[str]:
        return []

    async def outbox(self, shard: int) -> list[bytes]:
        return list(self.waiting)

    async def sent(self, shard: int, alerts: Sequence[bytes]) -> None:
        self.waiting = [one for one in self.waiting if one not in alerts]


class Received:
    """A sink that keeps what it is sent, but for its first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.ids: list[str] = []
        self._failures = failures

    async def send(self, alerts: Sequence[Alert]) -> None:
        if self._failures:
            self._failures -= 1
            raise ConnectionError("away")
        self.ids += [one.id for one in alerts]


def closer(outbox: Outbox, *sinks: AlertSink) -> WindowCloser:
    return WindowCloser(cast(Any, outbox), cast(Any, None), sinks, load(), 1, lambda: [0])


async def test_every_sink_gets_every_alert_in_order() -> None:
    outbox, one, other = Outbox(alert(id="a"), alert(id="b")), Received(), Received()

    await closer(outbox, one, other).close_due()

    assert (one.ids, other.ids, outbox.waiting) == (["a", "b"], ["a", "b"], [])


async def test_an_alert_that_one_sink_lacks_stays_and_comes_again() -> None:
    outbox, one, other = Outbox(alert(id="a")), Received(), Received(failures=1)
    closing = closer(outbox, one, other)

    with pytest.raises(ConnectionError):
        await closing.close_due()
    assert len(outbox.waiting) == 1
    await closing.close_due()

    assert (one.ids, other.ids, outbox.waiting) == (["a", "a"], ["a"], [])
