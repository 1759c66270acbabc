"""A key that would have alerted and is still learning is told once."""

from typing import Any, cast

import pytest

from stream.counting.judging import learning_log
from stream.counting.judging.learning_log import LearningLog
from tests.log_clock import Clock, clock_of, told


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return clock_of(learning_log, monkeypatch)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], told(caplog))


def test_a_key_is_told_once_with_when_it_may_alert(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = LearningLog()
    for minute in range(3):
        clock.now = 60.0 * minute
        log.add("entity:acme", 21_600)
        log.tell()

    may_alert_from = {"entity:acme": "1970-01-01T06:00:00.000Z"}
    assert told(caplog) == [{"keys": 1, "may_alert_from": may_alert_from}]


def test_a_key_that_began_anew_is_told_again(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = LearningLog()
    for minute, until in enumerate([21_600, 9_000_000]):
        clock.now = 60.0 * minute
        log.add("entity:acme", until)
        log.tell()

    assert len(told(caplog)) == 2


def test_many_keys_are_one_line_a_minute_that_names_some(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = LearningLog()
    for number in range(100):
        clock.now = float(number)
        log.add(f"entity:{number}", 21_600)
        log.tell()

    assert [line["keys"] for line in lines(caplog)] == [1, 60]
    assert [len(line["may_alert_from"]) for line in lines(caplog)] == [1, 5]


def test_what_is_remembered_is_bounded(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(learning_log, "_MAX_TOLD", 10)
    log = LearningLog()
    for number in range(100):
        log.add(f"entity:{number}", 21_600)
    log.tell()

    assert [line["keys"] for line in lines(caplog)] == [10]
