"""The worker's tick waits for nobody: Faust cancels who waits when partitions move."""

import asyncio
from typing import Any

import faust
import pytest

from stream.worker import _tick


@pytest.fixture
async def ticks() -> Any:
    app = faust.App("test", store="memory://")
    app.flow_control.resume()
    return app.channel(maxsize=1)


async def test_one_tick_waits_while_the_agent_is_busy(ticks: Any) -> None:
    reader = ticks.clone(is_iterator=True)

    async with asyncio.timeout(5):
        await _tick(ticks)
        await _tick(ticks)

    assert reader.queue.qsize() == 1


async def test_moved_partitions_end_no_tick(ticks: Any) -> None:
    reader = ticks.clone(is_iterator=True)
    await _tick(ticks)
    ticking = asyncio.create_task(_tick(ticks))
    await asyncio.sleep(0)

    reader.queue.clear()

    await ticking
    await _tick(ticks)
    assert reader.queue.qsize() == 1
