import asyncio
import threading
from collections.abc import Iterator

import pytest

from stream.clients.pump import Pump


async def test_items_come_in_order_and_all() -> None:
    pump = Pump(iter(range(10_000)), 100)
    assert [item async for batch in pump.batches() for item in batch] == list(range(10_000))


async def test_an_item_does_not_wait_for_the_next() -> None:
    more = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        more.wait(10)
        yield 2

    batches = Pump(items(), 100).batches()
    assert await anext(batches) == [1]
    more.set()
    assert [batch async for batch in batches] == [[2]]


async def test_no_more_than_the_room_is_drawn() -> None:
    items = iter(range(100))
    batches = Pump(items, 10).batches()
    assert len(await anext(batches)) <= 10
    await asyncio.sleep(0.05)
    # Ten were drawn, and one more is in the hands of the thread.
    assert next(items) <= 11


async def test_stop_gives_what_has_come_and_no_more() -> None:
    never = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        never.wait(10)

    pump = Pump(items(), 100)
    found = []
    async for batch in pump.batches():
        found += batch
        pump.stop()
    never.set()
    assert found == [1]


async def test_a_failure_comes_after_what_came_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    batches = Pump(items(), 100).batches()
    assert await anext(batches) == [1]
    with pytest.raises(ValueError, match="torn"):
        await anext(batches)
