"""A killed worker, an emptied Redis, added partitions. `make faults` runs all, many times."""

from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.model import write_bundle
from tests.faults.run import Material, run
from tests.faults.servers import Servers

NAMES = ("kill-redis-written", "flush-redis", "raise-partitions-oddly")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("faults"))


# Workers start, and one of them again; a run gives itself 150 s.
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_and_nothing_counted_twice(
    name: str, kafka: str, redis_url: str, bundle: Path
) -> None:
    outcome = run(FAULTS[name], 1, Servers(kafka, redis_url), Material(bundle))

    assert outcome.good, outcome
