"""Timers and closed windows in a real Redis."""

from collections.abc import AsyncIterator

import pytest

from stream.windows.window_closing import WindowClosing, close_windows
from tests.integration.counting import KEY, MINUTE, Stores, stores, update


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    """All is complete past what the tests close."""
    async with stores(redis_url) as found:
        await found.complete()
        yield found


async def close(redis: Stores, until: int) -> WindowClosing:
    (snapshot,) = await redis.windows.read([KEY])
    closing = close_windows(snapshot, until)
    await redis.windows.close([(snapshot, closing)], until)
    return closing


async def due(redis: Stores, until: int) -> list[str]:
    return await redis.windows.due(redis.shard, until, 9)


async def test_a_key_is_due_when_its_minute_ends(redis: Stores) -> None:
    await redis.count(update(7))

    assert await due(redis, MINUTE) == []
    assert await due(redis, MINUTE + 1) == [KEY]


async def test_a_closed_key_waits_for_its_next_change(redis: Stores) -> None:
    await redis.count(update(7))
    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 5) == []
    assert await due(redis, MINUTE + 6) == [KEY]


async def test_a_window_is_emitted_once(redis: Stores) -> None:
    await redis.count(update(7))
    first = await close(redis, MINUTE + 1)
    again = await close(redis, MINUTE + 1)

    assert [window.size for window in first.windows] == ["5m", "1h", "24h"]
    assert again.windows == []


async def test_key_that_expired_before_it_was_closed_is_forgotten(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.unlink(redis.keys.counts(KEY))

    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 1) == []
    assert not await redis.redis.exists(redis.keys.counts(KEY))


async def test_documents_that_come_while_a_key_is_closed_are_not_lost(redis: Stores) -> None:
    await redis.count(update(7))
    (snapshot,) = await redis.windows.read([KEY])
    await redis.count(update(8, 60 * (MINUTE + 2)))

    await redis.windows.close([(snapshot, close_windows(snapshot, MINUTE + 1))], MINUTE + 1)

    assert await due(redis, MINUTE + 3) == [KEY]


async def test_worker_that_was_overtaken_changes_nothing(redis: Stores) -> None:
    await redis.count(update(7))
    (old,) = await redis.windows.read([KEY])
    await close(redis, MINUTE + 2)

    assert await redis.windows.close([(old, close_windows(old, MINUTE + 1))], MINUTE + 1) == 0
    assert await due(redis, MINUTE + 2) == []


async def test_nothing_is_closed_beyond_the_horizon_that_redis_holds(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.delete(redis.keys.slots[redis.shard].horizon)

    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 1) == [KEY]


async def test_a_key_is_kept_for_as_long_as_it_may_be_silent(redis: Stores) -> None:
    await redis.count(update(7))

    assert 34 * 86_400 < await redis.redis.ttl(redis.keys.counts(KEY)) <= 35 * 86_400
