import json
import math
from pathlib import Path

import pytest

from tests.bench.detection.detectors.series import NegativeBinomial, WindowedGaussian
from tests.bench.detection.nab import Series, board, probation, read, worths

# Rows 40 to 49 and 70 to 79 of 100, of which 15 are probation.
WINDOWS = [(40, 49), (70, 79)]
ROWS = [(300.0 * row, 1.0) for row in range(100)]


def series(folder: str = "a", windows: list[tuple[int, int]] | None = None) -> Series:
    return Series(folder, ROWS, WINDOWS if windows is None else windows)


def detections(*rows: int, score: float = 0.9) -> list[float]:
    return [score if row in rows else 0.1 for row in range(100)]


@pytest.mark.parametrize(("length", "rows"), [(100, 15), (99, 14), (5000, 750), (22_695, 750)])
def test_the_probation_has_an_upper_bound(length: int, rows: int) -> None:
    assert probation(length) == rows


def test_the_earlier_a_detection_in_a_window_the_more_it_is_worth() -> None:
    inside = [row.worth for row in worths(100, WINDOWS) if row.window == 0]

    assert len(inside) == 10
    assert inside[0] == 1.0
    assert inside == sorted(inside, reverse=True)
    assert 0 < inside[-1] < 0.3


def test_a_false_positive_costs_less_right_after_a_window() -> None:
    costs = [row.worth for row in worths(100, WINDOWS)]

    assert costs[39 - 15] == -0.11
    assert -0.11 < costs[58 - 15] < costs[50 - 15] < 0


def test_a_perfect_detector_scores_100_and_one_that_says_nothing_0() -> None:
    perfect = board([series()], [detections(40, 70)])
    nothing = board([series()], [detections()])

    assert (perfect.score, perfect.threshold) == (100.0, 0.9)
    assert (nothing.score, nothing.threshold) == (0.0, math.inf)


def test_only_the_earliest_detection_in_a_window_counts() -> None:
    once = board([series()], [detections(42, 70)])
    often = board([series()], [detections(42, 45, 49, 70, 71)])

    assert once == often


def test_what_is_said_in_the_probation_counts_for_nothing() -> None:
    assert board([series()], [detections(3, 14, 40, 70)]).score == 100.0


def test_the_threshold_is_one_for_all_series() -> None:
    loud = [0.95 if row % 3 == 0 else 0.1 for row in range(100)]
    reached = board([series("a"), series("b", [])], [detections(40, 70), loud])

    assert reached.threshold == 0.9
    assert reached.folders["a"] == 100.0
    assert reached.folders["b"] == pytest.approx(-0.11 * 29)


@pytest.mark.parametrize("detector", [WindowedGaussian(), NegativeBinomial()])
def test_a_value_far_from_the_past_scores_higher(
    detector: WindowedGaussian | NegativeBinomial,
) -> None:
    for row in range(200):
        usual = detector.step(300.0 * row, 10.0 + row % 3)

    assert usual < detector.step(300.0 * 200, 40.0) <= 1.0


def test_windows_are_found_by_their_times(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    rows = "".join(f"2014-04-01 00:0{row}:00,{row}\n" for row in range(5))
    (tmp_path / "a/x.csv").write_text(f"timestamp,value\n{rows}")
    labels = [["2014-04-01 00:01:00.000000", "2014-04-01 00:03:00.000000"]]
    (tmp_path / "windows.json").write_text(json.dumps({"a/x.csv": labels}))

    (series,) = read(tmp_path)

    assert (series.folder, series.windows) == ("a", [(1, 3)])
    assert [value for _, value in series.rows] == [0.0, 1.0, 2.0, 3.0, 4.0]
