"""Counts and markers in a real Redis."""

from collections.abc import AsyncIterator

import pytest

from stream.counting.redis_keys import RedisKeys
from stream.counting.shard_count import ShardCountError, agree_on_shards
from stream.counting.store import AlreadyClosed, BatchUpdate, DataLost, SourceProgress
from stream.windows.buckets import Bucket
from stream.windows.key_cap import KeyLimits
from tests.integration.counting import HORIZON, KEY, MINUTE, SECOND, Stores, stores, update


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    async with stores(redis_url) as found:
        yield found


async def counted(redis: Stores) -> dict[int, Bucket]:
    (snapshot,) = await redis.windows.read([(KEY, MINUTE + 1)], 1)
    return dict(snapshot.minutes)


async def test_a_document_is_counted_once_however_often_it_comes(redis: Stores) -> None:
    await redis.count(update(7), update(8))
    await redis.count(update(7), update(8), update(9))

    assert await counted(redis) == {MINUTE: Bucket(documents=3)}


async def test_says_how_many_counts_were_new(redis: Stores) -> None:
    one = BatchUpdate({0: (0, 1)}, {KEY: [update(0)], "all:all": [update(0)]}, {})
    other = BatchUpdate({0: (0, 2)}, {KEY: [update(0)], "all:all": [update(0), update(1)]}, {})

    assert await redis.counts.apply(one) == 2
    assert await redis.counts.apply(other) == 1


async def test_shard_that_is_ahead_of_the_others_counts_nothing_twice(redis: Stores) -> None:
    batch = BatchUpdate({0: (0, 1)}, {KEY: [update(0)], "entity:bolt": [update(0)]}, {})
    await redis.counts.apply(batch)
    await redis.redis.delete(redis.keys.slots[redis.shard].markers, redis.keys.counts(KEY))
    await redis.counts.begin({0: 0})

    assert await redis.counts.counted() == {0: 0}
    assert await redis.counts.apply(batch) == 1
    assert await counted(redis) == {MINUTE: Bucket(documents=1)}


async def test_partition_that_a_shard_has_lost_is_not_counted_so_far(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.delete(redis.keys.slots[1].markers)

    assert await redis.counts.counted() == {}


async def test_sources_are_where_the_slowest_shard_is(redis: Stores) -> None:
    await redis.advance(SourceProgress(5000, 3))
    slot = redis.keys.slots[2]
    await redis.redis.delete(slot.markers, slot.watermarks, slot.offsets)

    assert await redis.counts.progress_of(0, ["t/0"]) == {"t/0": SourceProgress()}
    assert await redis.counts.progress(["t/0"]) == {"t/0": SourceProgress(5000, 3)}


async def test_shard_that_has_lost_counts_is_not_closed_on(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.delete(redis.keys.slots[1].markers)

    progress = await redis.counts.follow([0, 1], HORIZON)

    assert [progress[shard].horizon for shard in (0, 1)] == [HORIZON, 0]


async def test_source_that_nobody_announced_is_waited_for_until_it_ends(redis: Stores) -> None:
    progress = {"t/0": SourceProgress(0, 7), "t/1": SourceProgress(0, 0)}
    batch = BatchUpdate({0: (0, 8)}, {KEY: [update(7)]}, progress, earliest=SECOND, sources=["t/0"])
    await redis.counts.apply(batch)

    expired = await redis.sources.announce(["t/1"], now=10)

    assert expired == {"t/0": 1}


async def test_batch_of_nothing_but_dead_letters_moves_the_marker_alone(redis: Stores) -> None:
    await redis.counts.apply(BatchUpdate({0: (0, 1)}, {}, {}))

    assert await redis.counts.counted() == {0: 1}


async def test_progress_never_goes_back(redis: Stores) -> None:
    await redis.advance(SourceProgress(5000, 3, 1000), "a/0")
    await redis.advance(SourceProgress(4000, 2, 0), "a/0")

    assert await redis.counts.progress(["a/0", "a/9"]) == {
        "a/0": SourceProgress(5000, 3, 1000),
        "a/9": SourceProgress(0, -1, 0),
    }


async def test_the_marker_moves_with_the_counts(redis: Stores) -> None:
    await redis.counts.apply(BatchUpdate({0: (0, 12)}, {KEY: [update(7)]}, {}))

    assert await redis.counts.counted() == {0: 12}
    await redis.counts.check({0: 12})


@pytest.mark.parametrize("offsets", [{0: (1, 9)}, {1: (0, 9)}, {0: (0, 9), 1: (0, 9)}])
async def test_nothing_is_counted_where_something_is_missing(
    redis: Stores, offsets: dict[int, tuple[int, int]]
) -> None:
    progress = {"t/0": SourceProgress(2 * HORIZON, 7)}
    with pytest.raises(
        DataLost, match=r"partition \d was counted up to offset \d, and Redis holds"
    ):
        await redis.counts.apply(BatchUpdate(offsets, {KEY: [update(7)]}, progress, stale=1))

    assert await counted(redis) == {}
    assert await redis.counts.counted() == {0: 0}
    assert await redis.counts.stale() == 0
    assert await redis.counts.progress(["t/0"]) == {"t/0": SourceProgress(0, -1)}


async def test_what_was_counted_is_missed_when_it_is_gone(redis: Stores) -> None:
    with pytest.raises(DataLost, match="counted up to offset 5, and Redis holds 0"):
        await redis.counts.check({0: 5})
    with pytest.raises(DataLost, match="counted up to offset 0, and Redis holds nothing"):
        await redis.counts.check({3: 0})


async def test_a_batch_that_comes_twice_is_counted_once(redis: Stores) -> None:
    batch = BatchUpdate({0: (0, 9)}, {KEY: [update(7)]}, {}, stale=2)
    await redis.counts.apply(batch)
    await redis.counts.apply(batch)

    assert await counted(redis) == {MINUTE: Bucket(documents=1)}
    assert await redis.counts.stale() == 2


async def test_counting_begins_where_it_is_not_further_already(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.counts.begin({0: 3, 1: 4})

    assert await redis.counts.counted() == {0: 8, 1: 4}


async def test_nothing_is_counted_in_what_is_closed(redis: Stores) -> None:
    await redis.complete()
    closed = HORIZON // 1000 - 1
    batch = BatchUpdate({0: (0, 1)}, {KEY: [update(7, closed)]}, {}, earliest=closed)

    with pytest.raises(AlreadyClosed) as caught:
        await redis.counts.apply(batch)

    assert caught.value.horizon == HORIZON
    assert await counted(redis) == {}
    assert await redis.counts.counted() == {0: 0}


async def test_the_second_that_the_horizon_lies_in_is_open(redis: Stores) -> None:
    await redis.complete()
    at = HORIZON // 1000

    batch = BatchUpdate({0: (0, 1)}, {KEY: [update(7, at)]}, {}, earliest=at)

    assert await redis.counts.apply(batch) == 1


async def test_another_number_of_shards_is_refused(redis: Stores) -> None:
    await agree_on_shards(redis.redis, redis.keys, "test")
    await agree_on_shards(redis.redis, redis.keys, "test")

    with pytest.raises(ShardCountError, match=r"PETREL_SHARDS is 8, .* in 4 shards: set PETREL_SH"):
        await agree_on_shards(redis.redis, RedisKeys("test", 8), "test")


async def test_so_many_new_keys_of_a_kind_are_admitted_in_an_hour(redis: Stores) -> None:
    limits = KeyLimits(new=4, total=1_000)
    sources = {f"source:{number}": 60 for number in range(200)}
    entities = {f"entity:{number}": 60 for number in range(200)}

    refused = await redis.counts.refused(sources | entities, limits)
    again = await redis.counts.refused(sources, limits)
    later = await redis.counts.refused(dict.fromkeys(sources, 3600), limits)

    assert len(refused) == 2 * (200 - 4)
    assert again == refused & sources.keys()
    assert len(later) == 200 - 2 * 4


async def test_so_many_keys_are_admitted_in_all_until_old_ones_are_forgotten(
    redis: Stores,
) -> None:
    limits = KeyLimits(new=1_000, total=8)

    refused = await redis.counts.refused({f"source:{n}": 60 for n in range(200)}, limits)
    month_later = await redis.counts.refused(
        {f"source:new{n}": 36 * 86_400 for n in range(200)}, limits
    )

    assert len(refused) == len(month_later) == 200 - 8
