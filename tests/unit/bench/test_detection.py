from pathlib import Path

import pytest

from tests.bench.detection import bench
from tests.bench.detection.bursts import Trial, burst, burst_table, units
from tests.bench.detection.curves import draw
from tests.bench.detection.trials import Outcome


@pytest.fixture
def trial() -> Trial:
    delays = {burst(5): [60.0, 300.0], burst(3): [900.0, 30.0], "storm": [5.0], "outage": [9e9]}
    return Trial("key", 3.0, [burst(5), burst(3)], [2.0], {"mine": Outcome(4.25, delays)})


def test_without_the_data_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "DATA", tmp_path / "none")

    bench.bench(1, None)

    assert "skipped: the data of this benchmark are not there" in capsys.readouterr().out


def test_a_burst_is_told_in_time_or_not(trial: Trial) -> None:
    (mine, oracle) = burst_table(trial).rows

    assert mine[:9] == ["mine", "0.50", "0.50", "1.00", "1.00", "0.50", "0.50", "0.50", "0.50"]
    assert mine[9:] == ["1.00", "", "1.00", "4.25"]
    assert 0 < float(oracle[1]) <= float(oracle[2])


def test_more_seeds_are_more_keys_and_no_two_are_the_same() -> None:
    assert len(set(map(repr, units(2)))) == len(units(2)) > len(units(1))


def test_the_picture_is_a_png(trial: Trial, tmp_path: Path) -> None:
    draw([trial], tmp_path / "told.png")

    assert (tmp_path / "told.png").read_bytes().startswith(b"\x89PNG")
