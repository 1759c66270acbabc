from pathlib import Path

import msgspec
import pytest

from stream.settings import load
from tests.alerts import alert
from tests.bench import harness
from tests.bench.harness import Figures, Result, compared, finish, interleaved, percentile, ratio
from tests.bench.latency import tipping


def test_alternatives_run_in_turn() -> None:
    ran: list[str] = []

    def run(name: str) -> float:
        ran.append(name)
        return float(len(ran))

    raw = interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, 2)

    assert ran == ["a", "b"] * 3
    assert raw == {"a": [3.0, 5.0], "b": [4.0, 6.0]}


def test_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    raw = {"a": [2.0, 10.0, 9.0], "b": [1.0, 2.0, 3.0]}
    assert ratio(raw, "a", "b") == 3.0
    assert compared(raw, "a", [10.0])[1] == ["b", 2.0, 20.0, 3.0, 3.0]


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 5), (0.95, 10), (1.0, 10)])
def test_percentile(share: float, expected: int) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == expected


def test_a_benchmark_is_printed_and_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    raw = interleaved({"a": lambda: 1234.5, "b": lambda: 2.0}, 1)

    path = finish("trivial", raw, [Figures("speed", ["", "per second"], [["a", 1234.5]])])

    assert "1,234.5" in capsys.readouterr().out
    result = msgspec.json.decode(path.read_bytes(), type=Result)
    assert result.raw == raw
    assert result.machine["cores"] >= 1
    assert "msgspec" in result.versions


def test_an_alert_is_timed_from_the_first_record_with_which_the_rule_holds() -> None:
    arrivals = list(range(1_000, 61_000, 1_000))

    tipped = tipping(load(), alert(), arrivals)

    enough = arrivals[: arrivals.index(tipped) + 1]
    assert tipping(load(), alert(), enough) == tipped
    with pytest.raises(ValueError, match="do not tip corvane-air"):
        tipping(load(), alert(), enough[:-1])
