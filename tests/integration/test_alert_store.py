"""What detection holds of a key, and the outbox, in a real Redis."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

from stream.counting.judging.alert_judge import AlertJudge
from stream.counting.judging.alert_publisher import AlertPublisher
from stream.counting.judging.stored_key import (
    JudgedKey,
    StoredKey,
    judge_stored,
    minute_fields,
    seconds_of,
)
from stream.counting.store import KEY_TTL_SECONDS
from stream.counting.updates import Update
from stream.grouping.group_rule import GroupRule
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell, EvidenceRow, MinuteCell, Spread, merged
from stream.windows.checks import DueKey
from stream.windows.key_evaluation import SECONDS_A_DAY, Evaluator
from stream.windows.spike_rule import SpikeRule
from tests.integration.counting import (
    KEY,
    MINUTE,
    SECOND,
    Stores,
    evidence,
    stores,
    transitions,
    update,
)

NERVOUS = SpikeRule(history=0, calm=1)
# Whatever is not usual is an alarm.
ANY = AlarmBudget(1e9, largest=0.5)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    """All is complete past what the tests judge."""
    async with stores(redis_url) as found:
        await found.complete()
        yield found


async def judge(redis: Stores, until: int) -> int:
    """Judge all that is due, by a worker that knows nothing yet; gives how often a key was."""
    judge, times = AlertJudge(redis.alerts, NERVOUS, ANY), 0
    while judged := await judge.judge([redis.shard], until * 1000):
        times += judged
    return times


def unheard(offset: int, second: int) -> Update:
    """A negative document that counts for no alert: a notice, or of a source that weighs little."""
    return replace(update(offset, second, negative=True), distinct_text=None, evidence=None)


async def read(redis: Stores, until: int) -> StoredKey:
    (stored,) = await redis.alerts.read(await redis.alerts.due([redis.shard], until, 9, 9))
    return stored


def by_new_evaluator(stored: StoredKey) -> JudgedKey:
    return judge_stored(stored, Evaluator(NERVOUS, ANY, KEY))


async def due(redis: Stores, until: int) -> list[str]:
    return [one.key for one in await redis.alerts.due([redis.shard], until, 9, 9)]


async def minute(redis: Stores, number: int) -> MinuteCell:
    """A minute of the key that is over."""
    packed: Any = await redis.redis.hget(redis.keys.detection(KEY), f"minute:{number}")
    return msgspec.msgpack.decode(packed, type=MinuteCell)


async def open_alert(redis: Stores) -> None:
    await redis.count(*(update(n, negative=True) for n in range(30)))
    await judge(redis, SECOND + 1)


async def fields(redis: Stores) -> list[str]:
    """Of what detection holds of the key."""
    found: Any = await redis.redis.hkeys(redis.keys.detection(KEY))
    return sorted(name.decode() for name in found)


async def test_what_is_read_is_what_was_written(redis: Stores) -> None:
    await redis.count(update(7, negative=True), update(8, SECOND + 1))

    stored = await read(redis, SECOND + 60)

    seconds = seconds_of(stored)
    negative, other = seconds[SECOND], seconds[SECOND + 1]
    assert negative.bucket == Bucket(documents=1, negative=1, sentiment=-90)
    assert negative.texts == ["u7"]
    assert [row.story for row in negative.evidence] == ["u7"]
    assert (other.bucket, other.texts, other.evidence) == (Bucket(documents=1), [], [])
    assert stored.state == b""


async def test_a_negative_document_is_judged_when_its_second_ends(redis: Stores) -> None:
    await redis.count(update(7, negative=True))

    assert await due(redis, SECOND) == []
    assert await due(redis, SECOND + 1) == [KEY]


async def test_any_other_document_is_judged_when_its_minute_ends(redis: Stores) -> None:
    await redis.count(update(7))

    assert await due(redis, SECOND + 59) == []
    assert await due(redis, SECOND + 60) == [KEY]


async def test_a_negative_document_that_is_no_text_is_judged_with_its_minute(
    redis: Stores,
) -> None:
    await redis.count(unheard(7, SECOND))

    assert await due(redis, SECOND + 59) == []
    assert await due(redis, SECOND + 60) == [KEY]


async def test_a_flood_of_copies_in_one_second_is_one_test(redis: Stores) -> None:
    for batch in range(3):
        await redis.count(*(update(10 * batch + n, negative=True) for n in range(5)))
    await redis.count(unheard(31, SECOND + 1), update(32, SECOND + 2, negative=True))

    assert await redis.alerts.tests() == {SECOND // SECONDS_A_DAY: 2}


async def test_seconds_become_a_minute_when_it_is_over(redis: Stores) -> None:
    await redis.count(update(7), update(8, SECOND + 30, negative=True))

    await judge(redis, SECOND + 60)

    kept = await minute(redis, MINUTE)
    assert not await redis.redis.exists(redis.keys.pending(KEY, MINUTE))
    assert (kept.bucket, kept.fresh) == (Bucket(documents=2, negative=1, sentiment=-90), 1)


async def test_of_a_key_that_is_silent_only_its_state_is_kept(redis: Stores) -> None:
    await redis.count(update(7), update(8, SECOND + 30, negative=True))

    await judge(redis, SECOND + 3_599)
    before = await fields(redis)
    await judge(redis, SECOND + 3_600)

    assert before == [f"minute:{MINUTE}", "state"]
    assert await fields(redis) == ["state"]
    assert not await redis.redis.exists(redis.keys.checks(redis.shard))


async def test_all_of_a_key_expires(redis: Stores) -> None:
    await redis.count(update(7, negative=True))
    await judge(redis, SECOND + 1)

    names = [redis.keys.detection(KEY), redis.keys.pending(KEY, MINUTE)]
    assert [await redis.redis.ttl(name) for name in names] == [
        pytest.approx(KEY_TTL_SECONDS, abs=20)
    ] * 2


async def test_judging_twice_writes_once(redis: Stores) -> None:
    await redis.count(*(update(n, negative=True) for n in range(30)))
    stored = await read(redis, SECOND + 1)

    written = [await redis.alerts.write([by_new_evaluator(stored)]) for _ in range(2)]

    assert written == [[True], [False]]
    assert len(await transitions(redis)) == 1


async def test_a_worker_that_starts_reads_the_hours_of_a_few_keys_at_once(redis: Stores) -> None:
    updates = {key: [update(1, negative=True)] for key in (KEY, "all:all")}
    await redis.count_for(updates)
    assert {redis.keys.shard_of(key) for key in updates} == {redis.shard}
    judge = AlertJudge(redis.alerts, NERVOUS, ANY)

    with patch("stream.counting.judging.alert_judge._MAX_UNKNOWN", 1):
        judged = [await judge.judge([redis.shard], 1000 * (SECOND + 1)) for _ in range(3)]

    assert judged == [1, 1, 0]


async def test_documents_that_come_while_a_key_is_judged_are_not_lost(redis: Stores) -> None:
    await redis.count(update(7, negative=True))
    stored = await read(redis, SECOND + 1)
    await redis.count(update(8, SECOND + 5, negative=True))

    await redis.alerts.write([by_new_evaluator(stored)])

    assert await due(redis, SECOND + 6) == [KEY]
    assert await judge(redis, SECOND + 6)


async def test_what_another_worker_judged_is_read_before_a_key_is_judged_on(redis: Stores) -> None:
    first, second = (AlertJudge(redis.alerts, NERVOUS, ANY) for _ in range(2))
    for number, worker in enumerate((first, second)):
        await redis.count(update(number, SECOND + 60 * number, negative=True))
        await worker.judge([redis.shard], 1000 * (SECOND + 60 * (number + 1)))
    again = update(2, SECOND + 120, negative=True)
    await redis.count(msgspec.structs.replace(again, distinct_text="u1"))

    await first.judge([redis.shard], 1000 * (SECOND + 180))

    assert (await minute(redis, MINUTE + 1)).fresh == 1
    assert (await minute(redis, MINUTE + 2)).fresh == 0


async def test_the_minutes_of_a_key_are_read_once(redis: Stores) -> None:
    judge = AlertJudge(redis.alerts, NERVOUS, ANY)
    reads = []

    async def read_minutes(stored: list[StoredKey]) -> dict[str, list[bytes | None]]:
        reads.append([one.key for one in stored])
        return {one.key: [None] * len(minute_fields(one)) for one in stored}

    with patch.object(redis.alerts, "read_minutes", read_minutes):
        for number in range(5):
            await redis.count(update(number, SECOND + 60 * number))
            await judge.judge([redis.shard], 1000 * (SECOND + 60 * (number + 1)))

    assert reads == [[KEY]]


async def test_nothing_is_judged_beyond_the_horizon_that_redis_holds(redis: Stores) -> None:
    await redis.redis.delete(redis.keys.slots[redis.shard].horizon)
    await open_alert(redis)

    assert await transitions(redis) == []
    assert await due(redis, SECOND + 1) == [KEY]


async def test_key_that_expired_before_it_was_judged_is_forgotten(redis: Stores) -> None:
    await redis.count(update(7, negative=True))
    await redis.redis.unlink(redis.keys.pending(KEY, MINUTE))

    await judge(redis, SECOND + 1)

    assert await due(redis, SECOND + 1) == []
    assert not await redis.redis.exists(redis.keys.detection(KEY))


async def test_an_alert_waits_until_it_is_published_and_sent(redis: Stores) -> None:
    await open_alert(redis)
    assert await redis.counts.pending(1000 * SECOND) == 1

    published = await AlertPublisher(redis.published, [], GroupRule()).publish()

    assert published.count == 1
    assert (await redis.published.progress(9))[1] == []
    assert await redis.counts.pending(1000 * SECOND) == 0


SHOWN = [
    EvidenceRow(negative, story, seen, evidence(f"text {n}"))
    for n, (negative, story, seen) in enumerate(
        [
            *((0.8, "a", 1), (0.9, "a", 3), (0.9, "a", 2), (0.9, "a", 2), (0.7, "a", 0)),
            *((0.6, "b", 0), (0.6, "c", 4), (0.5, "d", 0), (0.6, "b", 1), (1.0, "e", 0)),
        ]
    )
]


@pytest.mark.parametrize("seed", range(5))
async def test_most_negative_of_each_story_is_kept_whatever_the_order_of_arrival(
    redis: Stores, seed: int
) -> None:
    shuffled = Random(seed).sample(SHOWN, len(SHOWN))
    # Each in a call of its own: within one they are put together before.
    for offset, row in enumerate(shuffled):
        await redis.count(Update(0, offset, SECOND, 1, 0, -90, f"u{offset}", row))

    (stored,) = await redis.alerts.read([DueKey(KEY, [MINUTE], SECOND + 60)])
    kept = seconds_of(stored)[SECOND]

    assert kept.evidence == [SHOWN[9], SHOWN[2], SHOWN[5]]
    assert kept.evidence == merged(Cell(Bucket(1, 1), evidence=[row]) for row in shuffled).evidence
    assert kept.spread == [Spread(4, "c"), Spread(3, "a"), Spread(1, "b")]
