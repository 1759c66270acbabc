import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.progress.source_clock import SourceClock

MINUTE = 60_000
HOUR = 60 * MINUTE
NOON = 720 * MINUTE


def clock(watermark: int = 0, begin: int = 0) -> SourceClock:
    return SourceClock(watermark, begin, stale_after=HOUR)


def test_document_counts_when_it_arrived() -> None:
    assert clock().place(NOON, NOON - 5 * MINUTE) == NOON


def test_document_that_claims_to_be_of_the_future_counts_when_it_arrived() -> None:
    partition = clock()
    assert partition.place(NOON, NOON + 59 * MINUTE) == NOON
    assert partition.watermark == NOON


def test_document_stamped_before_the_one_it_follows_counts_with_it() -> None:
    partition = clock()
    partition.place(NOON, NOON)
    assert partition.place(NOON - 20 * MINUTE, NOON - 20 * MINUTE) == NOON


@pytest.mark.parametrize(("age", "place"), [(HOUR, NOON), (HOUR + 1, None)])
def test_document_that_was_old_when_it_arrived_is_stale(age: int, place: int | None) -> None:
    assert clock().place(NOON, NOON - age) == place


def test_stale_document_moves_the_clock_on() -> None:
    partition = clock()
    partition.place(NOON, 0)
    assert partition.watermark == NOON


def test_back_fill_with_times_of_its_own_is_stale_beside_what_is_live() -> None:
    partition = clock()
    partition.place(NOON, NOON)
    assert partition.place(NOON - 2 * HOUR, NOON - 2 * HOUR) is None


def test_heartbeat_moves_the_clock_on() -> None:
    partition = clock()
    partition.advance(NOON + MINUTE)
    assert partition.place(NOON, NOON) == NOON + MINUTE


def test_what_arrived_before_the_source_begins_is_history() -> None:
    partition = clock()
    partition.begin_at(NOON)
    assert partition.place(NOON - 1, NOON - 1) is None
    assert partition.place(NOON, NOON) == NOON


def test_clock_goes_on_from_what_is_stored() -> None:
    partition = clock(watermark=NOON + MINUTE, begin=NOON)
    assert partition.place(NOON - 1, NOON) is None
    assert partition.place(NOON, NOON) == NOON + MINUTE


@given(st.lists(st.integers(0, 200 * MINUTE)))
def test_no_document_lies_before_one_that_it_follows(times: list[int]) -> None:
    partition = SourceClock(0, 0, stale_after=10**9)
    places = [partition.place(time, time) for time in times]
    assert places == [max(times[: number + 1]) for number in range(len(times))]
