"""Records of several partitions in order of time."""

from unittest.mock import patch

import pytest

from stream.backtest.time_order import OrderError, Placed, in_time_order
from tests.records import SCORED


def test_records_are_put_in_order_and_those_of_a_second_keep_theirs() -> None:
    placed = [Placed(second, SCORED) for second in (3, 1, 2, 1)]

    found = list(in_time_order(placed))

    assert [one.second for one in found] == [1, 1, 2, 3]
    assert found[0] is placed[1]


def test_what_is_in_no_order_is_an_error_that_says_so() -> None:
    placed = [Placed(second, SCORED) for second in (60, 120, 180, 0)]

    with patch("stream.backtest.time_order.MAX_HELD", 1), pytest.raises(OrderError) as raised:
        list(in_time_order(placed))

    assert str(raised.value) == (
        "records must be in order of time, but for 1 of them:"
        " 1970-01-01T00:00:00.000Z comes behind 1970-01-01T00:02:00.000Z"
    )
