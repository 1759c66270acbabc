"""Texts forgotten early, and ids used twice, are told once a minute, however many they are."""

import pytest

from stream.scoring import duplicates_log
from stream.scoring.duplicates_log import DuplicatesLog
from tests.log_clock import Clock, clock_of, told


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Clock:
    caplog.set_level("INFO")
    return clock_of(duplicates_log, monkeypatch)


def test_nothing_is_told_of_nothing(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    DuplicatesLog(1000).tell()

    assert told(caplog) == []


def test_the_first_are_told_at_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    log = DuplicatesLog(1000)
    log.add_dropped(2)
    log.add_same_ids(["news"])
    log.tell()

    assert told(caplog) == [{"documents": 2}, {"documents": 1, "kafka_topics": {"news": 1}}]
    assert "PETREL_DUPLICATE_DOCUMENTS (1000)" in caplog.text


def test_within_a_minute_they_are_gathered(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    log = DuplicatesLog(1000)
    for seconds in (0, 30, 59, 60):
        clock.now = float(seconds)
        log.add_dropped(1)
        log.tell()

    assert told(caplog) == [{"documents": 1}, {"documents": 3}]


def test_ids_used_twice_are_gathered_by_kafka_topic(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = DuplicatesLog(1000)
    for seconds, topic in ((0, "news"), (30, "social"), (59, "news"), (60, "news")):
        clock.now = float(seconds)
        log.add_same_ids([topic])
        log.tell()

    assert told(caplog) == [
        {"documents": 1, "kafka_topics": {"news": 1}},
        {"documents": 3, "kafka_topics": {"news": 2, "social": 1}},
    ]
