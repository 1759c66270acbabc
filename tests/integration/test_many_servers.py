"""Counts on a Redis Cluster of three nodes, and on a primary that Sentinels name: real servers."""

from collections.abc import Iterator

import pytest
from msgspec.json import decode

from schemas.codec import encode
from schemas.times import from_millis
from stream.clients.status.counts import read_counts
from stream.counting.eviction import refuse_eviction
from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.redis_client import connect, forget
from stream.counting.shard_count import agree_on_shards
from stream.grouping.group_rule import GroupRule
from stream.grouping.grouping import GroupingState
from stream.scoring.duplicates import Copy, DuplicateQuery, Duplicates, Remembered, sketch
from stream.settings import load
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import HOPS, Bucket
from stream.windows.window_closing import close_windows
from tests.alerts import alert
from tests.integration.counting import KEY, MINUTE, SECOND, stores, update
from tests.redis_servers import redis_cluster, redis_sentinels

# Three servers, or five, start and find each other.
pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module", params=[redis_cluster, redis_sentinels])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with request.param() as nodes:
        yield nodes.url


@pytest.fixture
async def empty(url: str) -> str:
    """The URL of servers that hold nothing of the namespaces."""
    async with connect(load(redis_url=url)) as redis:
        for namespace in ("test", "replay-test"):
            await forget(redis, namespace)
    return url


async def test_a_document_is_counted_once_and_its_window_closed(empty: str) -> None:
    async with stores(empty) as redis:
        await redis.count(update(7), update(8, negative=True))
        await redis.complete()
        due = await redis.windows.due([redis.shard], MINUTE + 1, 9)
        (snapshot,) = await redis.windows.read(due, 1)

        closing = close_windows(snapshot, MINUTE + 1, HOPS)

        assert snapshot.minutes == {MINUTE: Bucket(2, 1, 0, -90)}
        assert await redis.windows.close([(snapshot, closing)]) == 1
        assert await redis.counts.counted() == {0: 9}


async def test_key_that_is_due_is_judged_and_its_alert_sent(empty: str) -> None:
    async with stores(empty) as redis:
        await redis.count(update(7, negative=True))
        await redis.complete()
        due = await redis.alerts.due([redis.shard], 60 * (MINUTE + 1), 9, 9)

        (stored,) = await redis.alerts.read(due)

        assert (stored.key, list(stored.pending)) == (KEY, [MINUTE])
        assert await redis.counts.pending(10**12) > 0


async def test_a_market_in_all_shards_is_published_as_one_group(empty: str) -> None:
    async with stores(empty) as redis:
        await redis.complete()
        at = from_millis(1000 * SECOND)
        for number in range(40):
            subject = f"c{number}"
            shard = redis.keys.shard_of(f"entity:{subject}")
            opened = alert(id=subject, alert=subject, subject=subject, at=at, opened_at=at)
            await redis.redis.zadd(redis.keys.transitions(shard), {encode(opened): SECOND})
        published = await AlertPublisher(redis.published, [], GroupRule()).publish()

        assert published.count == 40
        assert await redis.counts.pending(1000 * SECOND) == 0
        _, state = await redis.published.state()
        assert [one.companies for one in decode(state, type=GroupingState).groups] == [40]


async def test_a_key_that_is_learning_is_told(empty: str) -> None:
    # In a replay it is still the time that it has come to.
    settings = load(redis_url=empty, namespace="replay-test", shards=4)
    async with stores(empty, settings.namespace) as redis:
        await agree_on_shards(redis.redis, redis.keys, settings.namespace)
        await redis.count(update(7, negative=True))
        await redis.complete()
        judge = AlertJudge(redis.alerts, settings.spike, AlarmBudget(settings.alarms_per_day))
        while await judge.judge([redis.shard], (SECOND + 60) * 1000):
            pass
        await redis.redis.set(redis.keys.common.horizon, SECOND * 1000)

        counts = await read_counts(settings)

    assert [(one.key, one.until) for one in counts.learning] == [
        (KEY, from_millis((SECOND + 360 * 60) * 1000))
    ]


async def test_source_is_announced_and_routed(empty: str) -> None:
    async with stores(empty) as redis:
        await refuse_eviction(redis.redis)
        await agree_on_shards(redis.redis, redis.keys, "test")

        assert await redis.sources.announce(["t/0"], now=0) == {}
        assert (await redis.sources.route(["t/0"], 1)) == {"t/0": 0}
        assert await redis.sources.move_horizon() == 0


async def test_copies_are_found(empty: str) -> None:
    async with connect(load(redis_url=empty)) as redis:
        duplicates = Duplicates(redis, "test", 60, 1_000)
        first, copy = (
            DuplicateQuery(id=name, sketch=sketch("Acme cuts it"), source="t/0", offset=number)
            for number, name in enumerate(("a", "b"))
        )
        await duplicates.look_up([first])
        await duplicates.remember([Remembered(0, "t/0", 0, b"scores")])

        assert await duplicates.look_up([copy]) == [Copy("a", 1, first.sketch.story, b"scores")]
