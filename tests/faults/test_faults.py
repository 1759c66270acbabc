"""The three most telling faults. `make faults` runs all of them, many times."""

from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.model import write_bundle
from tests.faults.run import run
from tests.faults.servers import Servers

NAMES = ("kill-scored-produced", "kill-redis-written", "flush-redis")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("faults"))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_and_nothing_counted_twice(
    name: str, kafka: str, redis_url: str, bundle: Path
) -> None:
    outcome = run(FAULTS[name], 1, Servers(kafka, redis_url), bundle)

    assert outcome.good, outcome
