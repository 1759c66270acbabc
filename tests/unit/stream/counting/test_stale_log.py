"""Stale documents are told once a minute, however many there are."""

import logging

import pytest

from stream.counting import stale_log
from stream.counting.stale_log import StaleLog
from tests.log_clock import Clock, clock_of, told


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(stale_log, monkeypatch)


def test_the_first_is_told_at_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    log = StaleLog(3_600_000)
    with caplog.at_level(logging.WARNING):
        log.add({"news.raw.v1": 2})
        log.tell()

    assert told(caplog) == [{"documents": 2, "kafka_topics": {"news.raw.v1": 2}}]
    assert "older than 3600 s when they came" in caplog.text


def test_the_others_are_told_together_a_minute_later(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = StaleLog(3_600_000)
    with caplog.at_level(logging.WARNING):
        for second in range(60):
            clock.now = float(second)
            log.add({"news.raw.v1": 1, "social.raw.v1": 1})
            log.tell()
        clock.now = 60.0
        log.tell()

    assert told(caplog)[1:] == [
        {"documents": 118, "kafka_topics": {"news.raw.v1": 59, "social.raw.v1": 59}}
    ]


def test_where_nothing_is_stale_nothing_is_told(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    StaleLog(3_600_000).tell()

    assert told(caplog) == []
