import subprocess
import sys

import pytest

from stream.watchdog import Watchdog

PATIENCE = 10
GROWS = "lag grows and nothing was committed for 10 s"


def complaint(dog: Watchdog[str], now: float) -> str | None:
    """What is said, as long as Kafka is heard."""
    dog.heard({}, {}, now)
    return dog.complaint(now, PATIENCE)


def test_nothing_held_is_not_stuck() -> None:
    assert complaint(Watchdog(now=0), now=1000) is None


def test_held_for_longer_than_patience_lasts_is_stuck() -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    dog.taken(now=100)

    assert complaint(dog, now=110) is None
    assert complaint(dog, now=111) == "records are held and none was acknowledged for 10 s"


def test_any_progress_starts_the_patience_anew() -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    dog.taken(now=100)
    dog.taken(now=101)
    dog.done(now=109)

    assert complaint(dog, now=119) is None


def test_a_worker_that_rested_is_not_stuck_when_work_comes() -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    dog.taken(now=0)
    dog.done(now=1)
    dog.taken(now=500)

    assert complaint(dog, now=505) is None


@pytest.mark.parametrize(
    ("committed", "ends", "expected"),
    [
        pytest.param([5, 5, 5], [5, 6, 9], GROWS, id="hangs"),
        pytest.param([5, 6, 9], [5, 6, 9], None, id="keeps up"),
        pytest.param([5, 6, 7], [5, 9, 99], None, id="slow"),
        pytest.param([5, 5, 5], [5, 5, 5], None, id="rests"),
        pytest.param([5, 5, 5], [6, 6, 6], None, id="rests behind the end of a transaction"),
        pytest.param([5, 5, 5], [6, 7, 7], GROWS, id="hangs behind a transaction"),
    ],
)
def test_lag_that_grows_while_nothing_is_committed_is_stuck(
    committed: list[int], ends: list[int], expected: str | None
) -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    for now, at, end in zip((100, 105, 111), committed, ends, strict=True):
        dog.heard({"t/0": at}, {"t/0": end}, now)

    assert dog.complaint(111, PATIENCE) == expected


def test_a_lag_that_begins_to_grow_is_given_time() -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    dog.heard({"t/0": 5}, {"t/0": 5}, now=100)
    dog.heard({"t/0": 5}, {"t/0": 5}, now=900)
    dog.heard({"t/0": 5}, {"t/0": 9}, now=905)

    assert dog.complaint(905, PATIENCE) is None


def test_other_partitions_start_the_patience_anew() -> None:
    dog: Watchdog[str] = Watchdog(now=0)
    dog.heard({"t/0": 5}, {"t/0": 5}, now=100)
    dog.heard({"t/0": 5, "t/1": 0}, {"t/0": 5, "t/1": 70}, now=111)

    assert dog.complaint(111, PATIENCE) is None


def test_a_kafka_that_says_nothing_is_told() -> None:
    dog: Watchdog[str] = Watchdog(now=100)

    assert dog.complaint(110, PATIENCE) is None
    assert dog.complaint(111, PATIENCE) == "Kafka has not said for 10 s where its partitions end"


@pytest.mark.parametrize("hangs", ["time.sleep(60)", "re.match('(a+)+$', 'a' * 60 + 'b')"])
def test_a_process_whose_loop_hangs_ends(hangs: str) -> None:
    code = f"import re, time\nfrom stream.watchdog import alive\nalive(0.5)\n{hangs}"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 1
    assert b"Timeout" in done.stderr
    assert b"line 4 in <module>" in done.stderr


def test_a_process_that_says_it_is_alive_goes_on() -> None:
    code = "import time\nfrom stream.watchdog import alive\n"
    code += "for _ in range(6): alive(1); time.sleep(0.3)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
