"""Rounds of detection: as far as all is complete, and never without an end."""

from typing import Any, cast

import pytest

from stream.counting.detection import Detection


class Work:
    """Stands for what is due in a shard: each step does what it finds in `steps`, if anything."""

    def __init__(self, *steps: int) -> None:
        self.steps = list(steps)
        self.horizons: list[int] = []

    async def judge(self, _: int, horizon: int) -> int:
        self.horizons.append(horizon)
        return self.steps.pop(0) if self.steps else 0

    async def send(self, _: int) -> int:
        return 0

    async def close(self, _: int, horizon: int) -> int:
        return 0


class Sources:
    """Stands for sources that move on by a second whenever they are asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def move_horizon(self) -> int:
        self.asked += 1
        return 1000 * self.asked


async def run(work: Work, sources: Sources) -> None:
    await Detection(cast(Any, sources), cast(Any, work), cast(Any, work), lambda: [3]).run()


async def test_each_step_goes_as_far_as_all_has_come_by_then() -> None:
    work, sources = Work(64, 3), Sources()

    await run(work, sources)

    assert work.horizons == [1000, 2000, 3000]


@pytest.mark.timeout(5)
async def test_a_step_that_does_nothing_is_the_last() -> None:
    # As when a key stays due that nobody may close: what else is due comes round with the next.
    work = Work(0, 1, 1, 1)

    await run(work, Sources())

    assert work.horizons == [1000]
