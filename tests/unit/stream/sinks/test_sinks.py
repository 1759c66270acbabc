"""An alert stays in the outbox until every sink has it."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from schemas import Alert, encode
from stream.counting.judging.alert_judge import AlertJudge
from stream.sinks import AlertSink
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.spike_rule import SpikeRule
from tests.alerts import alert


class Outbox:
    """Stands for a store in which alerts wait."""

    def __init__(self, *alerts: Alert) -> None:
        self.waiting = [encode(one) for one in alerts]

    async def outboxes(self, shards: Sequence[int], limit: int) -> dict[int, list[bytes]]:
        return dict.fromkeys(shards, self.waiting[:limit])

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


def judge(outbox: Outbox, *sinks: AlertSink) -> AlertJudge:
    return AlertJudge(cast(Any, outbox), sinks, SpikeRule(), AlarmBudget(1))


async def test_every_sink_gets_every_alert_in_order() -> None:
    outbox, one, other = Outbox(alert(id="a"), alert(id="b")), Received(), Received()

    await judge(outbox, one, other).send([0])

    assert (one.ids, other.ids, outbox.waiting) == (["a", "b"], ["a", "b"], [])


async def test_an_alert_that_one_sink_lacks_stays_and_comes_again() -> None:
    outbox, one, other = Outbox(alert(id="a")), Received(), Received(failures=1)
    sending = judge(outbox, one, other)

    with pytest.raises(ConnectionError):
        await sending.send([0])
    assert len(outbox.waiting) == 1
    await sending.send([0])

    assert (one.ids, other.ids, outbox.waiting) == (["a", "a"], ["a"], [])
