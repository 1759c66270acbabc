import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.counting.start_offsets import StartOffset, start_offset

offsets = st.integers(0, 50)
maybe = st.none() | offsets


@pytest.mark.parametrize(
    ("marker", "committed", "earliest", "expected"),
    [
        pytest.param(None, None, 0, StartOffset(0), id="nothing was ever counted"),
        pytest.param(None, None, 7, StartOffset(7), id="nothing was ever counted of an old topic"),
        pytest.param(9, 9, 0, StartOffset(9), id="all is where it was left"),
        pytest.param(12, 9, 0, StartOffset(9), id="killed before it committed"),
        pytest.param(9, None, 0, StartOffset(0), id="the group is forgotten"),
        pytest.param(
            9,
            None,
            11,
            StartOffset(11, missing=2),
            id="the group is forgotten, and records missing",
        ),
        pytest.param(None, 9, 0, StartOffset(0, reread=9), id="Redis is empty"),
        pytest.param(4, 9, 0, StartOffset(4, reread=5), id="Redis lacks the latest"),
        pytest.param(
            None,
            9,
            3,
            StartOffset(3, reread=6, missing=3),
            id="Redis is empty, and records missing",
        ),
        pytest.param(
            4, 9, 6, StartOffset(6, reread=3, missing=2), id="some of what Redis lacks is missing"
        ),
        pytest.param(4, 9, 11, StartOffset(11, missing=7), id="all of what Redis lacks is missing"),
        pytest.param(
            9, 9, 11, StartOffset(11, missing=2), id="records were missing before they were read"
        ),
    ],
)
def test_where_counting_begins(
    marker: int | None, committed: int | None, earliest: int, expected: StartOffset
) -> None:
    assert start_offset(marker, committed, earliest) == expected


@given(maybe, maybe, offsets)
def test_nothing_that_kafka_has_is_left_out(
    marker: int | None, committed: int | None, earliest: int
) -> None:
    begin = start_offset(marker, committed, earliest)

    assert begin.offset >= earliest
    if marker is not None:
        assert begin.offset <= max(marker, earliest)
    elif committed is not None:
        assert begin.offset == earliest
