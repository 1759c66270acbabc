import asyncio
import threading
from collections.abc import Iterator

import pytest

from stream.clients.background_reader import BackgroundReader


async def test_items_come_in_order_and_all() -> None:
    reader = BackgroundReader(iter(range(10_000)), 100)
    assert [item async for batch in reader.batches() for item in batch] == list(range(10_000))


async def test_an_item_does_not_wait_for_the_next() -> None:
    more = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        more.wait(10)
        yield 2

    batches = BackgroundReader(items(), 100).batches()
    assert await anext(batches) == [1]
    more.set()
    assert [batch async for batch in batches] == [[2]]


async def test_no_more_than_the_limit_is_read_ahead() -> None:
    items = iter(range(100))
    batches = BackgroundReader(items, 10).batches()
    assert len(await anext(batches)) <= 10
    await asyncio.sleep(0.05)
    # Ten were read, and the thread holds one more.
    assert next(items) <= 11


async def test_stop_ends_after_what_has_been_read() -> None:
    never = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        never.wait(10)

    reader = BackgroundReader(items(), 100)
    found = []
    async for batch in reader.batches():
        found += batch
        reader.stop()
    never.set()
    assert found == [1]


async def test_a_failure_comes_after_what_came_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    batches = BackgroundReader(items(), 100).batches()
    assert await anext(batches) == [1]
    with pytest.raises(ValueError, match="torn"):
        await anext(batches)
