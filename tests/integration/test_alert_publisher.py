"""Alerts of several shards, published in order on a real Redis, whatever fails in between."""

from collections.abc import AsyncIterator, Sequence
from itertools import count

import pytest

from schemas import Alert, AnyAlert, encode
from schemas.times import from_millis
from stream.counting.judging import publish_store
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.grouping.group_rule import GroupRule
from tests.alerts import alert
from tests.integration.counting import HORIZON, Stores, stores

# In seconds.
END = HORIZON // 1000
AT = END - 10_000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    """Four shards that are judged up to the horizon."""
    async with stores(redis_url) as found:
        await found.complete()
        yield found


class Sink:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.alerts: list[AnyAlert] = []

    async def send(self, alerts: Sequence[AnyAlert]) -> None:
        self.alerts += alerts

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one.subject, one.transition) for one in self.alerts]


class Killed(Exception):
    """A worker ended here."""


def opened(second: int, company: str) -> Alert:
    at = from_millis(1000 * second)
    name = f"{company}-{second}"
    return alert(id=name, alert=name, subject=company, at=at, opened_at=at)


async def judged(redis: Stores, *alerts: Alert) -> None:
    """Let the shards of these alerts have raised them, one shard after the other."""
    for one in alerts:
        shard = redis.keys.shard_of(f"entity:{one.subject}")
        second = int(one.at.timestamp())
        await redis.redis.zadd(redis.keys.transitions(shard), {encode(one): second})


async def publish(redis: Stores, *sinks: Sink) -> int:
    """Publish until nothing is left; gives until when all is."""
    publisher = AlertPublisher(redis.published, sinks, GroupRule())
    while (published := await publisher.publish()).count:
        pass
    return published.until


async def outbox(redis: Stores) -> list[bytes]:
    return (await redis.published.progress(9))[1]


def market(number: int, first: int = 0) -> list[Alert]:
    """So many companies that turn in one second, in all shards."""
    return [opened(AT, f"c{n}") for n in range(first, first + number)]


async def test_a_market_in_all_shards_is_one_group(redis: Stores) -> None:
    sink, alerts = Sink(), market(80)
    await judged(redis, *alerts)

    assert await publish(redis, sink) == END
    assert sink.told == [("companies", "open")]
    assert {redis.keys.shard_of(f"entity:{one.subject}") for one in alerts} == set(range(4))


async def test_alerts_are_published_in_order_of_time_over_all_shards(redis: Stores) -> None:
    sink, alerts = Sink(), [opened(AT + 7_000 - 1_000 * n, f"c{n}") for n in range(6)]
    await judged(redis, *alerts)

    await publish(redis, sink)

    assert sink.told == [(f"c{n}", "open") for n in reversed(range(6))]


async def test_alerts_wait_for_the_shard_that_is_behind(redis: Stores) -> None:
    sink, behind = Sink(), redis.keys.slots[3].horizon
    await redis.redis.set(behind, 1000 * (AT - 1) + 999)
    await judged(redis, *market(4), opened(AT - 1, "early"))

    assert await publish(redis, sink) == AT - 1
    assert sink.told == [("early", "open")]

    await redis.redis.set(behind, HORIZON)
    await judged(redis, *market(10, 4))
    await publish(redis, sink)
    assert sink.told == [("early", "open"), ("companies", "open")]


async def test_alerts_wait_for_a_key_that_is_due(redis: Stores) -> None:
    sink = Sink()
    await redis.redis.zadd(redis.keys.checks(0), {":entity:due": AT})
    await judged(redis, *market(1))

    assert await publish(redis, sink) == AT - 1
    assert sink.told == []


async def test_many_alerts_are_taken_in_by_and_by(
    redis: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.counting.judging.alert_publisher._MAX_ALERTS", 4)
    sink = Sink()
    waves = [opened(AT + n // 3, f"c{n}") for n in range(60)]
    await judged(redis, *waves)

    await publish(redis, sink)

    # The first two seconds are not enough; from the fifth on they are one.
    assert sink.told[:3] == [(f"c{n}", "open") for n in range(3)]
    assert set(sink.told[3:]) == {("companies", "open"), ("companies", "escalate")}


async def test_nothing_is_lost_or_doubled_wherever_a_worker_is_killed(redis: Stores) -> None:
    for step in ("state", "publish", "sent"):
        await redis.redis.flushdb()
        await redis.counts.begin({0: 0})
        await redis.complete()
        sink, alerts = Sink(), [*market(6), opened(AT + 4000, "own")]
        await judged(redis, *alerts)

        await killed_at(redis, step, sink)
        await publish(redis, sink)

        assert list(dict.fromkeys(sink.told)) == [("companies", "open"), ("own", "open")]
        assert len({one.id for one in sink.alerts}) == 2
        assert await redis.counts.pending(HORIZON) == 0


async def killed_at(redis: Stores, step: str, sink: Sink) -> None:
    async def die(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(redis.published, step, die)
        with pytest.raises(Killed):
            await AlertPublisher(redis.published, [sink], GroupRule()).publish()


async def test_of_two_workers_one_publishes(redis: Stores) -> None:
    await judged(redis, *market(6))
    written = [await redis.published.publish(b"", AT, b"{}", [b"a"]) for _ in range(2)]

    assert written == [True, False]
    assert await outbox(redis) == [b"a"]


async def test_what_two_workers_sent_takes_no_later_alert_along(redis: Stores) -> None:
    await redis.published.publish(b"", 1, b"{}", [b"a"])
    await redis.published.sent([b"a"])
    await redis.published.publish(b"1", 2, b"{}", [b"b"])

    await redis.published.sent([b"a"])

    assert await outbox(redis) == [b"b"]


async def test_a_slot_of_all_that_lost_its_writes_comes_to_the_same(redis: Stores) -> None:
    first, second = Sink(), Sink()
    await judged(redis, opened(AT - 60, "early"), *market(6))
    await publish(redis, first)
    await redis.redis.delete(redis.keys.grouping, redis.keys.outbox)

    await publish(redis, second)

    assert second.alerts == first.alerts != []


async def test_a_shard_that_is_counted_again_publishes_nothing_twice(redis: Stores) -> None:
    sink = Sink()
    await judged(redis, *market(6))
    await publish(redis, sink)
    for shard in range(4):
        await redis.redis.delete(redis.keys.transitions(shard))
    await judged(redis, *market(6))

    await publish(redis, sink)

    assert sink.told == [("companies", "open")]


async def test_a_shard_keeps_few_alerts_that_were_taken_in(
    redis: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_store, "_KEPT", 2)
    seconds = count(AT, 1_000)
    for _ in range(9):
        await judged(redis, opened(next(seconds), "acme"))
        await publish(redis, Sink())
    await publish(redis, Sink())

    kept = await redis.redis.zcard(redis.keys.transitions(redis.keys.shard_of("entity:acme")))
    assert kept == 2
