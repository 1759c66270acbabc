from math import inf, nan, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.series.series_detector import SeriesDetector

MINUTE = 60
ROWS = 3_000


def calm(number: int) -> float:
    """A value between -2 and 2."""
    return 2 * sin(number * number)


def taught(rows: int = ROWS) -> SeriesDetector:
    """A detector of a series that has been calm for so many minutes."""
    detector = SeriesDetector()
    for number in range(rows):
        detector.step(number * MINUTE, calm(number))
    return detector


def test_calm_series_scores_0() -> None:
    detector = SeriesDetector()
    assert {detector.step(number * MINUTE, calm(number)) for number in range(ROWS)} == {0.0}


@pytest.mark.parametrize("value", [30.0, -30.0])
def test_rise_and_fall_are_anomalous(value: float) -> None:
    assert taught().step(ROWS * MINUTE, value) > 0.7


def test_further_off_is_more_anomalous() -> None:
    assert taught().step(ROWS * MINUTE, 60.0) > taught().step(ROWS * MINUTE, 10.0) > 0


def test_what_goes_on_is_told_once() -> None:
    detector = taught()
    scores = [detector.step((ROWS + number) * MINUTE, 30.0) for number in range(50)]
    assert scores[0] > 0.7
    assert max(scores[20:]) < 0.1


def test_what_becomes_worse_is_told_again() -> None:
    detector = taught()
    detector.step(ROWS * MINUTE, 10.0)
    assert detector.step((ROWS + 1) * MINUTE, 300.0) > 0.5


def test_value_that_is_usual_at_another_hour_is_anomalous() -> None:
    detector = SeriesDetector()
    for number in range(14 * 24 * 12):
        at_work = 9 <= number // 12 % 24 < 17
        detector.step(number * 5 * MINUTE, (100.0 if at_work else 0.0) + calm(number))
    assert detector.step((14 * 24 + 3) * 3_600, 100.0) > 0.5


def test_series_with_a_peak_each_hour_tells_less_of_one_more() -> None:
    detector = SeriesDetector()
    for number in range(ROWS):
        last = detector.step(number * MINUTE, 30.0 if number % 60 == 59 else calm(number))
    assert last < 0.5 < taught().step(ROWS * MINUTE, 30.0)


@pytest.mark.parametrize("missing", [nan, inf, -inf])
def test_missing_value_scores_0_and_teaches_nothing(missing: float) -> None:
    detector = taught()
    assert detector.step(ROWS * MINUTE, missing) == 0.0
    assert detector.step(ROWS * MINUTE, 30.0) == taught().step(ROWS * MINUTE, 30.0)


def test_constant_series_scores_0_until_it_changes() -> None:
    detector = SeriesDetector()
    assert {detector.step(number * MINUTE, 7.0) for number in range(100)} == {0.0}
    assert detector.step(100 * MINUTE, 7.5) > 0.5


def test_a_clock_that_jumps_is_no_anomaly() -> None:
    assert taught().step(ROWS * MINUTE * 1_000, 1.0) == 0.0


@given(st.lists(st.floats(-1e100, 1e100), min_size=25, max_size=200))
def test_any_values_have_a_score(values: list[float]) -> None:
    detector = SeriesDetector()
    scores = [detector.step(number * MINUTE, value) for number, value in enumerate(values)]
    assert all(0 <= score <= 1 for score in scores)


def test_largest_values_give_a_score() -> None:
    detector = taught()
    scores = [detector.step(ROWS * MINUTE, value) for value in (1e100, -1e100, 0.0, 1e100)]
    assert all(0 <= score <= 1 for score in scores)
