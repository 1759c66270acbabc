"""What detection holds of a key, and the outbox, in a real Redis."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from schemas.codec import encode
from stream.counting.store import BatchUpdate
from stream.counting.updates import Update
from stream.windows.buckets import Bucket
from stream.windows.key_evaluation import Judgement, judge_key
from stream.windows.spike_rule import SpikeRule
from tests.integration.counting import KEY, MINUTE, SECOND, Stores, evidence, stores, update

NERVOUS = SpikeRule(history=0, calm=1)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    """All is complete past what the tests judge."""
    async with stores(redis_url) as found:
        await found.complete()
        yield found


async def judge(redis: Stores, until: int) -> Judgement:
    (snapshot,) = await redis.alerts.read([KEY])
    judgement = judge_key(NERVOUS, snapshot, until)
    await redis.alerts.write([(snapshot, judgement)], until)
    return judgement


async def due(redis: Stores, until: int) -> list[str]:
    return await redis.alerts.due(redis.shard, until, 9)


async def outbox(redis: Stores) -> list[bytes]:
    return await redis.alerts.outbox(redis.shard, 9)


async def open_alert(redis: Stores) -> Judgement:
    await redis.count(*(update(n, negative=True) for n in range(30)))
    return await judge(redis, SECOND + 1)


async def test_what_is_read_is_what_was_written(redis: Stores) -> None:
    await redis.count(update(7, negative=True), update(8, SECOND + 1))

    (snapshot,) = await redis.alerts.read([KEY])

    negative, other = snapshot.seconds[SECOND], snapshot.seconds[SECOND + 1]
    assert negative.bucket == Bucket(documents=1, negative=1, sentiment=-90)
    assert negative.texts == ["u7"]
    assert [name for _, name, _ in negative.evidence] == ["d7"]
    assert (other.bucket, other.texts, other.evidence) == (Bucket(documents=1), [], [])
    assert snapshot.state is None


async def test_a_negative_document_is_judged_when_its_second_ends(redis: Stores) -> None:
    await redis.count(update(7, negative=True))

    assert await due(redis, SECOND) == []
    assert await due(redis, SECOND + 1) == [KEY]


async def test_any_other_document_is_judged_when_its_minute_ends(redis: Stores) -> None:
    await redis.count(update(7))

    assert await due(redis, SECOND + 59) == []
    assert await due(redis, SECOND + 60) == [KEY]


async def test_seconds_become_a_minute_when_it_is_over(redis: Stores) -> None:
    await redis.count(update(7), update(8, SECOND + 30, negative=True))

    await judge(redis, SECOND + 60)

    (snapshot,) = await redis.alerts.read([KEY])
    assert snapshot.seconds == {}
    assert snapshot.minutes[MINUTE].bucket == Bucket(documents=2, negative=1, sentiment=-90)


async def test_judging_twice_writes_once(redis: Stores) -> None:
    await redis.count(*(update(n, negative=True) for n in range(30)))
    (snapshot,) = await redis.alerts.read([KEY])
    judgement = judge_key(NERVOUS, snapshot, SECOND + 1)

    written = [await redis.alerts.write([(snapshot, judgement)], SECOND + 1) for _ in range(2)]

    assert written == [1, 0]
    assert await outbox(redis) == [encode(judgement.alerts[0])]


async def test_documents_that_come_while_a_key_is_judged_are_not_lost(redis: Stores) -> None:
    await redis.count(update(7, negative=True))
    (snapshot,) = await redis.alerts.read([KEY])
    await redis.count(update(8, SECOND + 5, negative=True))

    await redis.alerts.write([(snapshot, judge_key(NERVOUS, snapshot, SECOND + 1))], SECOND + 1)

    assert await due(redis, SECOND + 6) == [KEY]


async def test_nothing_is_judged_beyond_the_horizon_that_redis_holds(redis: Stores) -> None:
    await redis.redis.delete(redis.keys.slots[redis.shard].horizon)
    await open_alert(redis)

    assert await outbox(redis) == []
    assert await due(redis, SECOND + 1) == [KEY]


async def test_key_that_expired_before_it_was_judged_is_forgotten(redis: Stores) -> None:
    await redis.count(update(7, negative=True))
    await redis.redis.unlink(redis.keys.detection(KEY))

    await judge(redis, SECOND + 1)

    assert await due(redis, SECOND + 1) == []
    assert not await redis.redis.exists(redis.keys.detection(KEY))


async def test_what_was_sent_leaves_the_outbox(redis: Stores) -> None:
    await open_alert(redis)
    assert await redis.counts.pending(1000 * SECOND) == 1

    await redis.alerts.sent(redis.shard, await outbox(redis))

    assert await outbox(redis) == []
    assert await redis.counts.pending(1000 * SECOND) == 0


async def test_what_two_workers_sent_takes_no_later_alert_along(redis: Stores) -> None:
    await open_alert(redis)
    opened = await outbox(redis)
    await redis.alerts.sent(redis.shard, opened)
    await judge(redis, SECOND + 12_000)
    resolved = await outbox(redis)

    await redis.alerts.sent(redis.shard, opened)

    assert len(resolved) == 1
    assert await outbox(redis) == resolved


async def test_of_two_documents_with_one_id_the_order_of_arrival_decides_nothing(
    redis: Stores,
) -> None:
    one, other = (
        Update(0, n, SECOND, 1, 0, -90, f"u{n}", (0.9, "d", evidence(f"text {n}")))
        for n in range(2)
    )
    swapped = [msgspec.structs.replace(other, offset=0), msgspec.structs.replace(one, offset=1)]
    updates = {KEY: [one, other], "all:all": swapped}
    await redis.redis.delete(redis.keys.slots[redis.shard].horizon)
    await redis.counts.apply(BatchUpdate({0: (0, 2)}, updates, {}))

    kept = [one.seconds[SECOND].evidence for one in await redis.alerts.read([KEY, "all:all"])]

    assert kept == [[(0.9, "d", evidence("text 0"))]] * 2
