"""An alert stays in the outbox until every sink has it."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from schemas import Alert, AnyAlert, encode
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.publish_store import ShardAlerts
from stream.grouping.group_rule import GroupRule
from stream.sinks import AlertSink
from tests.alerts import alert


class Outbox:
    """Stands for a store in which alerts wait."""

    def __init__(self, *alerts: Alert) -> None:
        self.waiting = [encode(one) for one in alerts]

    async def progress(self, limit: int) -> tuple[bytes, list[bytes]]:
        return b"", self.waiting[:limit]

    async def alerts(self, taken: int, limit: int) -> list[ShardAlerts]:
        return [ShardAlerts(0, [])]

    async def sent(self, alerts: Sequence[bytes]) -> None:
        self.waiting = [one for one in self.waiting if one not in alerts]


class Received:
    """A sink that keeps what it is sent, but for its first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.ids: list[str] = []
        self._failures = failures

    async def send(self, alerts: Sequence[AnyAlert]) -> None:
        if self._failures:
            self._failures -= 1
            raise ConnectionError("away")
        self.ids += [one.id for one in alerts]


def publisher(outbox: Outbox, *sinks: AlertSink) -> AlertPublisher:
    return AlertPublisher(cast(Any, outbox), sinks, GroupRule())


async def test_every_sink_gets_every_alert_in_order() -> None:
    outbox, one, other = Outbox(alert(id="a"), alert(id="b")), Received(), Received()

    await publisher(outbox, one, other).publish()

    assert (one.ids, other.ids, outbox.waiting) == (["a", "b"], ["a", "b"], [])


async def test_an_alert_that_one_sink_lacks_stays_and_comes_again() -> None:
    outbox, one, other = Outbox(alert(id="a")), Received(), Received(failures=1)
    sending = publisher(outbox, one, other)

    with pytest.raises(ConnectionError):
        await sending.publish()
    assert len(outbox.waiting) == 1
    await sending.publish()

    assert (one.ids, other.ids, outbox.waiting) == (["a", "a"], ["a"], [])
