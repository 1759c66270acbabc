import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.windows.watermark import MINUTE, PartitionClock, Timeliness, bucket_end, minute_of

LATENESS, GRACE = 2 * MINUTE, 10 * MINUTE
NOON = 720 * MINUTE


def clock(watermark: int = 0) -> PartitionClock:
    return PartitionClock(watermark, LATENESS, GRACE)


def test_first_record_is_on_time() -> None:
    assert clock().observe(NOON) is Timeliness.ON_TIME


def test_watermark_follows_newest_record_at_a_distance() -> None:
    partition = clock()
    partition.observe(NOON)
    assert partition.watermark == NOON - LATENESS


@pytest.mark.parametrize(
    ("behind", "judged"),
    [
        (0, Timeliness.ON_TIME),
        (2 * MINUTE, Timeliness.ON_TIME),
        (3 * MINUTE, Timeliness.LATE),
        (12 * MINUTE, Timeliness.LATE),
        (13 * MINUTE, Timeliness.TOO_LATE),
    ],
)
def test_record_is_judged_by_the_end_of_its_minute(behind: int, judged: Timeliness) -> None:
    partition = clock()
    partition.observe(NOON)
    assert partition.observe(NOON - behind) is judged


def test_late_record_does_not_move_the_watermark_back() -> None:
    partition = clock()
    partition.observe(NOON)
    partition.observe(NOON - 5 * MINUTE)
    assert partition.watermark == NOON - LATENESS


def test_heartbeat_makes_what_follows_late() -> None:
    partition = clock()
    partition.advance(NOON + MINUTE)
    assert partition.observe(NOON) is Timeliness.LATE


def test_clock_goes_on_from_a_stored_watermark() -> None:
    assert clock(NOON + MINUTE).observe(NOON) is Timeliness.LATE


@given(st.lists(st.integers(0, 200 * MINUTE)))
def test_on_time_is_what_ends_after_the_watermark(times: list[int]) -> None:
    partition = clock()
    for time in times:
        before = partition.watermark
        on_time = partition.observe(time) is Timeliness.ON_TIME
        assert on_time == (bucket_end(minute_of(time)) > before)
        assert partition.watermark >= before


@given(st.integers(-(10**15), 10**15))
def test_bucket_holds_its_time(time: int) -> None:
    minute = minute_of(time)
    assert minute * MINUTE <= time < bucket_end(minute)
