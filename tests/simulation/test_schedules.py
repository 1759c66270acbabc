"""The core under a seeded scheduler. `make simulate` runs far more schedules."""

from collections import Counter
from collections.abc import Iterator

import pytest
import redis

from tests.simulation.breaks import BREAKS, Break
from tests.simulation.schedule import run

SCHEDULES = 120
# A break that shows in fewer schedules than this has would slip through.
ENOUGH = 120


@pytest.fixture
def server(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


# So many schedules take ten seconds on two idle cores.
@pytest.mark.timeout(90)
def test_no_schedule_loses_or_counts_twice(server: "redis.Redis") -> None:
    outcomes = [run(seed, server) for seed in range(SCHEDULES)]

    assert [str(outcome) for outcome in outcomes if outcome.violations] == []
    totals = sum((Counter(outcome.counts) for outcome in outcomes), Counter[str]())
    assert totals["processes killed or failed"] > SCHEDULES
    assert totals["alerts"] > SCHEDULES
    assert totals["scored more than once"] > SCHEDULES
    assert totals["moved documents"] > SCHEDULES
    assert totals["stale documents"] > SCHEDULES


def test_a_seed_replays(server: "redis.Redis") -> None:
    once, again = ([run(seed, server) for seed in range(10)] for _ in range(2))

    assert once == again


# One that shows in the last of them takes as long as all.
@pytest.mark.timeout(90)
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_broken_promise_is_noticed(broken: Break, server: "redis.Redis") -> None:
    with broken():
        assert any(run(seed, server).violations for seed in range(ENOUGH))
