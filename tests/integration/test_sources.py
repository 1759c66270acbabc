"""Which source partitions windows wait for, in a real Redis."""

from collections.abc import AsyncIterator

import pytest

from stream.counting.sources import EXPECTED_SECONDS
from stream.counting.store import SourceProgress
from tests.integration.counting import Stores, stores

NOW = 10**9
LATER = NOW + 1000 * EXPECTED_SECONDS


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    async with stores(redis_url) as found:
        yield found


async def test_the_horizon_is_where_the_slowest_source_is(redis: Stores) -> None:
    await redis.sources.announce(["a/0", "a/1"], NOW)
    await redis.advance(SourceProgress(5000, 3), "a/0")
    assert await redis.sources.move_horizon() == 0

    await redis.advance(SourceProgress(4000, 9), "a/1")
    assert await redis.sources.move_horizon() == 4000
    assert await redis.sources.horizon() == 4000


async def test_source_that_nobody_announces_any_more_holds_nothing_up(redis: Stores) -> None:
    await redis.sources.announce(["gone/0", "a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")

    assert await redis.sources.announce(["a/0"], LATER - 1) == {}
    assert await redis.sources.announce(["a/0"], LATER) == {"gone/0": LATER}
    assert await redis.sources.move_horizon() == 0

    await redis.end("gone/0", LATER)
    assert await redis.sources.move_horizon() == 4000
    assert await redis.sources.announce(["a/0"], LATER) == {}


async def test_what_was_scored_of_a_source_before_its_end_is_waited_for(redis: Stores) -> None:
    await redis.sources.announce(["gone/0", "a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.sources.announce(["a/0"], LATER)

    await redis.advance(SourceProgress(3000, 1), "gone/0")
    assert await redis.sources.move_horizon() == 3000


async def test_source_that_is_announced_before_its_end_is_counted_goes_on(redis: Stores) -> None:
    await redis.sources.announce(["back/0", "a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.sources.announce(["back/0"], NOW + 1)
    await redis.end("back/0", LATER)

    assert await redis.sources.move_horizon() == 0


async def test_source_that_comes_back_after_its_end_goes_on_where_windows_are_closed(
    redis: Stores,
) -> None:
    await redis.sources.announce(["back/0", "a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.end("back/0", LATER)
    await redis.sources.move_horizon()
    await redis.sources.announce(["back/0"], LATER)

    assert await redis.counts.progress(["back/0"]) == {"back/0": SourceProgress(4000, -1, 0)}


async def test_source_that_is_not_expected_moves_nothing_on(redis: Stores) -> None:
    await redis.advance(SourceProgress(9000, 9), "other/0")

    assert await redis.sources.move_horizon() == 0


async def test_workers_with_different_inputs_wait_for_each_other(redis: Stores) -> None:
    await redis.sources.announce(["a/0"], NOW)
    await redis.sources.announce(["b/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    assert await redis.sources.move_horizon() == 0

    await redis.advance(SourceProgress(3000, 9), "b/0")
    assert await redis.sources.move_horizon() == 3000


async def test_partition_that_is_added_goes_on_where_windows_are_closed(redis: Stores) -> None:
    await redis.sources.announce(["a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.sources.move_horizon()
    await redis.sources.announce(["a/0", "a/1"], NOW)

    assert await redis.sources.move_horizon() == 4000
    assert await redis.counts.progress(["a/1"]) == {"a/1": SourceProgress(4000, -1, 0)}


async def test_kafka_topic_that_is_added_begins_where_windows_are_closed(redis: Stores) -> None:
    await redis.sources.announce(["a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.sources.move_horizon()
    await redis.sources.announce(["a/0", "b/0"], NOW)

    assert await redis.counts.progress(["b/0"]) == {"b/0": SourceProgress(4000, -1, 4000)}


async def test_source_that_comes_back_goes_on_from_where_it_was(redis: Stores) -> None:
    await redis.sources.announce(["a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.sources.announce(["a/0"], LATER)

    assert await redis.sources.move_horizon() == 4000
    assert await redis.counts.progress(["a/0"]) == {"a/0": SourceProgress(4000, 9, 0)}


async def test_when_no_source_is_waited_for_nothing_moves(redis: Stores) -> None:
    await redis.sources.announce(["a/0"], NOW)
    await redis.advance(SourceProgress(4000, 9), "a/0")
    await redis.end("a/0", LATER)

    assert await redis.sources.move_horizon() == 0


async def test_a_source_keeps_its_scored_partition_when_there_are_more(redis: Stores) -> None:
    before = await redis.sources.route(["t/0", "t/1"], 2)

    after = await redis.sources.route(["t/0", "t/1", "t/2", "t/3"], 4)

    assert before.items() <= after.items()
    assert sorted(after.values()) == [0, 1, 2, 3]
