"""The short form of `python -m tests.faults.replays`: half a day, one worker killed."""

from pathlib import Path

import orjson
import pytest

from stream.settings import load
from tests.faults.documents import WATCHLIST, documents
from tests.faults.model import write_bundle
from tests.faults.replays import Source, twice


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.jsonl"
    rows = [
        {**orjson.loads(made.value), "arrived_at": made.arrived}
        for made in documents(1)
        if made.value and made.value.startswith(b'{"id"')
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


# Two replays, each with workers of its own; the second takes a while on purpose.
@pytest.mark.timeout(180)
def test_two_replays_of_a_day_come_to_the_same(
    kafka: str, redis_url: str, tmp_path: Path, day: Path
) -> None:
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text(WATCHLIST)
    settings = load(
        kafka_bootstrap=kafka,
        redis_url=redis_url,
        model=write_bundle(tmp_path),
        watchlist=watchlist,
        partitions=2,
        threads=1,
        log_format="text",
    )

    # Slow enough that documents still come when both workers have started on a busy machine.
    found = twice(settings, Source(day), speed=1200, kills=1, seed=1)

    assert found.good, found
