"""Timers and closed windows in a real Redis."""

from collections.abc import AsyncIterator

import pytest

from stream.windows.buckets import HOPS, MAX_SIZE
from stream.windows.window_closing import WindowClosing, WindowSnapshot, close_windows
from tests.integration.counting import KEY, MINUTE, Stores, stores, update


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Stores]:
    """All is complete past what the tests close."""
    async with stores(redis_url) as found:
        await found.complete()
        yield found


async def read(redis: Stores, at: int = MINUTE + 1) -> WindowSnapshot:
    (snapshot,) = await redis.windows.read([(KEY, at)], 1)
    return snapshot


async def close(redis: Stores, until: int) -> WindowClosing:
    snapshot = await read(redis, until)
    closing = close_windows(snapshot, until, HOPS)
    await redis.windows.close([(snapshot, closing)])
    return closing


async def due(redis: Stores, until: int) -> list[str]:
    return [key for key, _ in await redis.windows.due([redis.shard], until, 9)]


async def test_a_key_is_due_when_its_minute_ends(redis: Stores) -> None:
    await redis.count(update(7))

    assert await due(redis, MINUTE) == []
    assert await due(redis, MINUTE + 1) == [KEY]


async def test_a_closed_key_waits_for_its_next_change(redis: Stores) -> None:
    await redis.count(update(7))
    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 4) == []
    assert await due(redis, MINUTE + 5) == [KEY]


async def test_a_window_is_emitted_once(redis: Stores) -> None:
    await redis.count(update(7))
    first = await close(redis, MINUTE + 1)
    again = await close(redis, MINUTE + 1)

    assert [window.size for window in first.windows] == ["5m"]
    assert again.windows == []


async def test_key_that_expired_before_it_was_closed_is_forgotten(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.unlink(redis.keys.counts(KEY))

    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 1) == []
    assert not await redis.redis.exists(redis.keys.counts(KEY))


async def test_documents_that_come_while_a_key_is_closed_are_not_lost(redis: Stores) -> None:
    await redis.count(update(7))
    snapshot = await read(redis)
    await redis.count(update(8, 60 * (MINUTE + 2)))

    await redis.windows.close([(snapshot, close_windows(snapshot, MINUTE + 1, HOPS))])

    assert await due(redis, MINUTE + 3) == [KEY]


async def test_worker_that_was_overtaken_changes_nothing(redis: Stores) -> None:
    await redis.count(update(7))
    old = await read(redis)
    await close(redis, MINUTE + 2)

    assert await redis.windows.close([(old, close_windows(old, MINUTE + 1, HOPS))]) == 0
    assert await due(redis, MINUTE + 2) == []


async def test_nothing_is_closed_beyond_the_horizon_that_redis_holds(redis: Stores) -> None:
    await redis.count(update(7))
    await redis.redis.delete(redis.keys.slots[redis.shard].horizon)

    await close(redis, MINUTE + 1)

    assert await due(redis, MINUTE + 1) == [KEY]


async def test_a_key_is_kept_for_as_long_as_it_may_be_silent(redis: Stores) -> None:
    await redis.count(update(7))

    assert 34 * 86_400 < await redis.redis.ttl(redis.keys.counts(KEY)) <= 35 * 86_400


async def test_nothing_is_left_of_a_key_that_has_fallen_silent(redis: Stores) -> None:
    await redis.count(update(7))
    silent = 60 + MINUTE // 60 * 60 + MAX_SIZE
    for until in (MINUTE + 1, MINUTE + 5, MINUTE // 60 * 60 + 60, silent):
        closing = await close(redis, until)

    assert [(one.size, one.documents) for one in closing.windows] == [("24h", 0)]
    assert await due(redis, silent + MAX_SIZE) == []
    assert not await redis.redis.exists(redis.keys.counts(KEY))


async def test_document_that_comes_to_a_key_while_it_falls_silent_is_not_lost(
    redis: Stores,
) -> None:
    await redis.count(update(7))
    silent = 60 + MINUTE // 60 * 60 + MAX_SIZE
    for until in (MINUTE + 1, MINUTE + 5, MINUTE // 60 * 60 + 60):
        await close(redis, until)
    snapshot = await read(redis, silent)
    await redis.count(update(8, 60 * silent))

    await redis.windows.close([(snapshot, close_windows(snapshot, silent, HOPS))])

    assert await due(redis, silent + 1) == [KEY]


async def test_little_is_read_of_a_key_that_was_busy_all_day(redis: Stores) -> None:
    last = 60 * 24 + 30
    await redis.count(*(update(n, 60 * n, negative=True) for n in range(MINUTE, last)))
    for until in [*range(MINUTE // 60 * 60 + 60, last, 60), last]:
        await close(redis, until)

    assert (await redis.redis.memory_usage(redis.keys.counts(KEY), samples=0) or 0) < 4_096
