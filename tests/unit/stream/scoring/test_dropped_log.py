"""Texts that are forgotten early are told once a minute, however many they are."""

import pytest

from stream.scoring import dropped_log
from stream.scoring.dropped_log import DroppedLog
from tests.log_clock import Clock, clock_of, told


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(dropped_log, monkeypatch)


def test_nothing_is_told_of_nothing(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    DroppedLog(1000).tell()

    assert told(caplog) == []


def test_the_first_are_told_at_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    log = DroppedLog(1000)
    log.add(2)
    log.tell()

    assert told(caplog) == [{"documents": 2}]
    assert "PETREL_DUPLICATE_DOCUMENTS (1000)" in caplog.text


def test_within_a_minute_they_are_gathered(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    log = DroppedLog(1000)
    for seconds in (0, 30, 59, 60):
        clock.now = float(seconds)
        log.add(1)
        log.tell()

    assert told(caplog) == [{"documents": 1}, {"documents": 3}]
