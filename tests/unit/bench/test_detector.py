import pytest

from tests.bench.detection.detectors.detector import REFRACTORY, alarms, threshold


def test_an_alarm_is_not_repeated_while_its_key_is_refractory() -> None:
    scores = [(0.0, 5.0), (60.0, 9.0), (REFRACTORY - 1, 9.0), (REFRACTORY, 5.0)]

    assert alarms(scores, 5.0) == [0.0, REFRACTORY]
    assert alarms(scores, 6.0) == [60.0]


@pytest.mark.parametrize(("most", "expected"), [(0, float("inf")), (1, 8.0), (2, 7.0), (9, 3.0)])
def test_the_threshold_is_the_lowest_that_keeps_to_the_number_of_alarms(
    most: int, expected: float
) -> None:
    keys = [[(0.0, 8.0), (REFRACTORY, 3.0)], [(0.0, 7.0)]]

    assert threshold(keys, most) == expected
