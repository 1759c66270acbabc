"""Rounds of detection: as far as all is complete, and never without an end."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from stream.counting.detection import Detection, shard_groups
from stream.counting.store import ShardProgress


class Work:
    """Stands for what is due in a shard: each step does what it finds in `steps`, if anything."""

    def __init__(self, *steps: int) -> None:
        self.steps = list(steps)
        self.horizons: list[int] = []
        self.asked = 0

    async def follow(self, shards: Sequence[int], horizon: int) -> dict[int, ShardProgress]:
        self.asked += 1
        return dict.fromkeys(shards, ShardProgress(horizon, len(self.steps)))

    async def judge(self, _: Sequence[int], horizon: int) -> int:
        self.horizons.append(horizon)
        return self.steps.pop(0) if self.steps else 0

    async def close(self, _: Sequence[int], horizon: int) -> int:
        return 0


class Sources:
    """Stands for sources that move on by a second whenever they are asked."""

    def __init__(self, step: int = 1000) -> None:
        self.horizon = 0
        self._step = step

    async def move_horizon(self) -> int:
        self.horizon += self._step
        return self.horizon


async def run(work: Work, sources: Sources) -> None:
    await detection(work, sources).run()


def detection(work: Work, sources: Sources) -> Detection:
    return Detection(cast(Any, sources), *(cast(Any, work),) * 4, lambda: [3])


async def test_each_step_goes_as_far_as_all_has_come_by_then() -> None:
    work, sources = Work(64, 3), Sources()

    await run(work, sources)

    assert work.horizons == [1000, 2000]


@pytest.mark.timeout(5)
async def test_a_step_that_does_nothing_is_the_last() -> None:
    # As when a key stays due that nobody may close: what else is due comes round with the next.
    work = Work(0, 1, 1, 1)

    await run(work, Sources())

    assert work.horizons == [1000]


async def test_shards_in_which_nothing_is_left_are_not_asked_again() -> None:
    work = Work(1)
    finished = detection(work, Sources(step=0))
    await finished.run()

    await finished.run()

    assert work.asked == 2


def groups(**due: tuple[int, int]) -> list[tuple[list[int], int]]:
    """The groups of shards by number, each with its horizon and how much is due."""
    progress = {int(shard[1:]): ShardProgress(*at) for shard, at in due.items()}
    return [(list(one.shards), one.due) for one in shard_groups(progress)]


def test_shards_with_little_to_do_are_worked_on_together() -> None:
    assert groups(s0=(9, 1), s1=(9, 0), s2=(9, 3), s3=(9, 2)) == [([0, 2, 3], 6)]


def test_what_is_worked_on_together_is_one_piece_or_one_shard() -> None:
    assert groups(s0=(9, 40), s1=(9, 24), s2=(9, 1), s3=(9, 900)) == [
        ([0, 1], 64),
        ([2], 1),
        ([3], 900),
    ]


def test_shards_that_are_behind_are_apart() -> None:
    assert groups(s0=(9, 1), s1=(5, 1), s2=(9, 1)) == [([0, 2], 2), ([1], 1)]
