"""What a worker works with stands in its first line, and how far it is in one a minute."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stream import worker_log
from stream.settings import load
from stream.watchlist.watchlist import Watchlist
from stream.worker_log import ProgressLog, tell_start
from tests.log_clock import clock_of, told

MODEL = cast(Any, SimpleNamespace(name="desk", version="0123abcd"))


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_the_first_line_names_what_it_works_with(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    watchlist = Watchlist.read(b"entities: [{id: acme, names: [Acme]}]")
    tell_start(load(watchlist=tmp_path, inputs="a.v1,b.v1"), MODEL, watchlist)

    (line,) = cast(list[dict[str, object]], told(caplog))
    assert line.pop("version")
    assert line == {
        "model": "desk 0123abcd",
        "inputs": ["a.v1", "b.v1"],
        "watchlist": watchlist.version,
        "companies": 1,
        "kafka": "localhost:9092",
    }


def test_without_a_watch_list_a_warning_says_what_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tell_start(load(), MODEL, Watchlist.empty())

    assert caplog.records[-1].levelname == "WARNING"
    assert "no watch list (PETREL_WATCHLIST)" in caplog.text


def test_the_rate_is_that_since_the_last_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = clock_of(worker_log, monkeypatch)
    progress = ProgressLog()
    for clock.now, records in ((60.0, 600), (120.0, 615)):
        progress.tell(records, partitions=3, lag=4, dead_letters=2)

    assert told(caplog) == [
        {"records_per_second": rate, "partitions": 3, "lag": 4, "dead_letters": 2}
        for rate in (10.0, 0.2)
    ]
