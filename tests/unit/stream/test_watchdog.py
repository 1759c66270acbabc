import subprocess
import sys

import pytest

from stream.watchdog import Watchdog

TIMEOUT = 10
GROWS = "lag grows and nothing was committed for 10 s"


def stall_reason(watchdog: Watchdog[str], now: float) -> str | None:
    """The reason given while Kafka answers."""
    watchdog.observe_lag({}, {}, now)
    return watchdog.stall_reason(now, TIMEOUT)


def test_nothing_in_progress_is_no_stall() -> None:
    assert stall_reason(Watchdog(now=0), now=1000) is None


def test_a_record_in_progress_for_longer_than_the_timeout_is_a_stall() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.record_received(now=100)

    assert stall_reason(watchdog, now=110) is None
    assert stall_reason(watchdog, now=111) == "records are held and none was acknowledged for 10 s"


def test_any_progress_restarts_the_timeout() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.record_received(now=100)
    watchdog.record_received(now=101)
    watchdog.record_finished(now=109)

    assert stall_reason(watchdog, now=119) is None


def test_a_worker_that_was_idle_is_not_stalled_when_records_come() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.record_received(now=0)
    watchdog.record_finished(now=1)
    watchdog.record_received(now=500)

    assert stall_reason(watchdog, now=505) is None


@pytest.mark.parametrize(
    ("committed", "ends", "expected"),
    [
        pytest.param([5, 5, 5], [5, 6, 9], GROWS, id="hangs"),
        pytest.param([5, 6, 9], [5, 6, 9], None, id="keeps up"),
        pytest.param([5, 6, 7], [5, 9, 99], None, id="slow"),
        pytest.param([5, 5, 5], [5, 5, 5], None, id="idle"),
        pytest.param([5, 5, 5], [6, 6, 6], None, id="idle behind the end of a transaction"),
        pytest.param([5, 5, 5], [6, 7, 7], GROWS, id="hangs behind a transaction"),
    ],
)
def test_lag_that_grows_while_nothing_is_committed_is_a_stall(
    committed: list[int], ends: list[int], expected: str | None
) -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    for now, at, end in zip((100, 105, 111), committed, ends, strict=True):
        watchdog.observe_lag({"t/0": at}, {"t/0": end}, now)

    assert watchdog.stall_reason(111, TIMEOUT) == expected


def test_a_lag_that_begins_to_grow_is_given_time() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 5}, now=100)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 5}, now=900)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 9}, now=905)

    assert watchdog.stall_reason(905, TIMEOUT) is None


def test_other_partitions_restart_the_timeout() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 5}, now=100)
    watchdog.observe_lag({"t/0": 5, "t/1": 0}, {"t/0": 5, "t/1": 70}, now=111)

    assert watchdog.stall_reason(111, TIMEOUT) is None


def test_a_kafka_that_does_not_answer_is_a_stall() -> None:
    watchdog: Watchdog[str] = Watchdog(now=100)

    assert watchdog.stall_reason(110, TIMEOUT) is None
    assert watchdog.stall_reason(111, TIMEOUT) == "Kafka gave no end offsets for 10 s"


def test_records_held_by_a_slow_model_are_no_stall_until_it_hangs() -> None:
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.record_received(now=100)
    for number, now in enumerate((108, 116, 116.5), 1):
        watchdog.observe_passes(number, now)
    watchdog.observe_passes(3, now=125)

    assert stall_reason(watchdog, now=126) is None
    assert stall_reason(watchdog, now=127) == "records are held and none was acknowledged for 10 s"


def lagging(acknowledged: bool) -> Watchdog[str]:
    """At 111 s: the lag has grown since 100 s, nothing is committed, and the model works."""
    watchdog: Watchdog[str] = Watchdog(now=0)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 6}, now=100)
    watchdog.record_received(now=100)
    watchdog.record_received(now=100)
    if acknowledged:
        watchdog.record_finished(now=101)
    watchdog.observe_passes(7, now=110)
    watchdog.observe_lag({"t/0": 5}, {"t/0": 9}, now=111.5)
    return watchdog


def test_a_lag_that_grows_while_a_slow_model_works_is_no_stall() -> None:
    assert lagging(acknowledged=False).stall_reason(111.5, TIMEOUT) is None


def test_what_was_acknowledged_must_be_committed_though_the_model_works() -> None:
    assert lagging(acknowledged=True).stall_reason(111.5, TIMEOUT) == GROWS


@pytest.mark.parametrize("hangs", ["time.sleep(60)", "re.match('(a+)+$', 'a' * 60 + 'b')"])
def test_a_process_whose_loop_hangs_ends(hangs: str) -> None:
    code = "import re, time\nfrom stream.watchdog import restart_hang_timer\n"
    code += f"restart_hang_timer(0.5)\n{hangs}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 1
    assert b"Timeout" in done.stderr
    assert b"line 4 in <module>" in done.stderr


def test_a_process_that_restarts_the_timer_goes_on() -> None:
    code = "import time\nfrom stream.watchdog import restart_hang_timer\n"
    code += "for _ in range(6): restart_hang_timer(1); time.sleep(0.3)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
