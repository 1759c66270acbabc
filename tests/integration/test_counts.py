"""Counts, fences and markers in a real Redis."""

from collections.abc import AsyncIterator

import pytest

from stream.counting.store import AlreadyClosed, BatchUpdate, DataLost, SourceProgress
from stream.windows.buckets import Bucket
from tests.integration.counting import HORIZON, KEY, MINUTE, Stores, stores, update


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    async with stores(redis_url) as found:
        yield found


async def counted(redis: Stores) -> dict[int, Bucket]:
    (snapshot,) = await redis.windows.read([KEY])
    return dict(snapshot.buckets)


async def test_a_document_is_counted_once_however_often_it_comes(redis: Stores) -> None:
    await redis.count(update(7), update(8))
    await redis.count(update(7), update(8), update(9))

    assert await counted(redis) == {MINUTE: Bucket(documents=3)}


async def test_each_source_has_a_fence_of_its_own(redis: Stores) -> None:
    await redis.count(update(7, source="t/0"), update(3, source="t/1"))

    assert await counted(redis) == {MINUTE: Bucket(documents=2)}


async def test_says_how_many_counts_were_new(redis: Stores) -> None:
    one = BatchUpdate({0: (0, 1)}, {KEY: [update(7)], "all:all": [update(7)]}, {})
    other = BatchUpdate({0: (1, 2)}, {KEY: [update(7)], "all:all": [update(7), update(8)]}, {})

    assert await redis.counts.apply(one) == 2
    assert await redis.counts.apply(other) == 1


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


async def test_counting_begins_only_from_the_marker_that_was_read(redis: Stores) -> None:
    assert not await redis.counts.begin({1: (None, 4), 0: (3, 4)})

    assert await redis.counts.counted() == {0: 0}


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
