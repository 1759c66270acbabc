import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.counting.position import Start, start

offsets = st.integers(0, 50)
maybe = st.none() | offsets


@pytest.mark.parametrize(
    ("marker", "committed", "earliest", "expected"),
    [
        pytest.param(None, None, 0, Start(0), id="nothing was ever counted"),
        pytest.param(None, None, 7, Start(7), id="nothing was ever counted of an old topic"),
        pytest.param(9, 9, 0, Start(9), id="all is where it was left"),
        pytest.param(12, 9, 0, Start(9), id="killed before it committed"),
        pytest.param(9, None, 0, Start(0), id="the group is forgotten"),
        pytest.param(9, None, 11, Start(11, gone=2), id="the group is forgotten, and records gone"),
        pytest.param(None, 9, 0, Start(0, again=9), id="Redis is empty"),
        pytest.param(4, 9, 0, Start(4, again=5), id="Redis lacks the latest"),
        pytest.param(None, 9, 3, Start(3, again=6, gone=3), id="Redis is empty, and records gone"),
        pytest.param(4, 9, 6, Start(6, again=3, gone=2), id="some of what Redis lacks is gone"),
        pytest.param(4, 9, 11, Start(11, gone=7), id="all of what Redis lacks is gone"),
        pytest.param(9, 9, 11, Start(11, gone=2), id="records were gone before they were read"),
    ],
)
def test_where_counting_begins(
    marker: int | None, committed: int | None, earliest: int, expected: Start
) -> None:
    assert start(marker, committed, earliest) == expected


@given(maybe, maybe, offsets)
def test_nothing_that_kafka_has_is_left_out(
    marker: int | None, committed: int | None, earliest: int
) -> None:
    begin = start(marker, committed, earliest)

    assert begin.offset >= earliest
    if marker is not None:
        assert begin.offset <= max(marker, earliest)
    elif committed is not None:
        assert begin.offset == earliest
