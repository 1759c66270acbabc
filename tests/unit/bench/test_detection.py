from pathlib import Path

import pytest

from tests.bench.detection import bench, market
from tests.bench.detection.bursts import (
    LEVELS,
    Done,
    Trial,
    Unit,
    burst,
    burst_table,
    pooled_table,
    trials,
    units,
)
from tests.bench.detection.curves import draw
from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.trials import Outcome, Sighting
from tests.bench.detection.watching import Branch, Watched

# A detector's highest score of a key of so many days, and its score one minute into each burst.
_DAYS, _HIGHEST, _BURST = 2_000.0, 3.0, 4.0


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


def seen(*kinds: str) -> Sighting:
    """A key that scored higher on each burst than ever before."""
    branches = [(Branch(kind, 0.0, []), [(60.0, _BURST)]) for kind in kinds]
    return Sighting(_DAYS, {"mine": Watched([(0.0, _HIGHEST), (9e9, _HIGHEST)], branches)})


@pytest.fixture
def done() -> list[tuple[Unit, Done]]:
    made = [(Unit(one, 0), Done([seen(burst(5), burst(3))], [one.rate])) for one in LEVELS]
    return [*made, (Unit(None, 0), Done([seen("5 texts", "3 texts")], []))]


def test_each_kind_of_keys_is_a_trial(done: list[tuple[Unit, Done]]) -> None:
    found = trials(done)

    assert [one.rates for one in found] == [[0.02], [0.2], [2.0], [6.0], []]
    assert found[-1].bursts == ["5 texts", "3 texts"]
    assert found[-1].oracle("5 texts", 2) is None
    assert {one.outcomes["mine"].share(one.bursts[0], 60) for one in found} == {1.0}


def test_one_threshold_is_that_of_all_made_keys(done: list[tuple[Unit, Done]]) -> None:
    ((name, *shares, threshold),) = pooled_table(done).rows

    assert (name, threshold) == ("mine", "3")
    assert set(shares) == {"1.00"}


def test_bursts_of_all_companies_go_through_the_backtest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "_COMPANIES", 2)
    monkeypatch.setattr(market, "_LEARNING", 2)
    monkeypatch.setattr(market, "_EVENTS", 1)
    hours = range(24 * 70)
    year = [Document(3600.0 * hour, hour % 2 == 0, 0.5, hour) for hour in hours]

    rows = market.market_table(year).rows

    assert [row[0] for row in rows] == [0.004, 0.02]
    assert {str(row[1]) for row in rows} <= {"0 of 1", "1 of 1"}


def test_the_picture_is_a_png(trial: Trial, tmp_path: Path) -> None:
    draw([trial], tmp_path / "told.png")

    assert (tmp_path / "told.png").read_bytes().startswith(b"\x89PNG")
