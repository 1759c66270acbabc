"""When a scored record counts, and which do not."""

from datetime import timedelta

from msgspec.structs import replace

from schemas import Origin
from schemas.scored import ScoredDocument
from schemas.times import to_millis
from stream.backtest.placement import Placement
from tests.records import NOON, SCORED

AT_NOON = to_millis(NOON) // 1000


def document(offset: int, *, after: int = 0, age: int = 0, partition: int = 0) -> ScoredDocument:
    """One that came so many seconds after noon, and was so old then."""
    arrived = NOON + timedelta(seconds=after)
    return replace(
        SCORED,
        origin=Origin("news.raw.v1", partition, offset),
        arrived_at=arrived,
        published_at=arrived - timedelta(seconds=age),
    )


def test_a_partition_never_goes_back_in_time() -> None:
    placement = Placement(3_600_000)

    seconds = [placement.second_of(document(n, after=after)) for n, after in enumerate([9, 4, 12])]

    assert seconds == [AT_NOON + 9, AT_NOON + 9, AT_NOON + 12]
    assert (placement.first, placement.last) == (AT_NOON + 9, AT_NOON + 12)


def test_one_partition_does_not_move_another() -> None:
    placement = Placement(3_600_000)
    placement.second_of(document(1, after=60))

    assert placement.second_of(document(1, partition=1)) == AT_NOON


def test_what_was_old_when_it_came_does_not_count() -> None:
    placement = Placement(3_600_000)

    assert placement.second_of(document(1, age=3_601)) is None
    assert placement.second_of(replace(document(2), stale=True)) is None
    assert placement.second_of(document(3, age=3_600)) == AT_NOON
    assert (placement.documents, placement.stale) == (1, 2)


def test_a_record_that_is_there_twice_counts_once() -> None:
    placement = Placement(3_600_000)

    seconds = [placement.second_of(document(offset)) for offset in (7, 7, 6, 8)]

    assert seconds == [AT_NOON, None, None, AT_NOON]
    assert placement.repeats == 2


def test_what_came_before_a_source_began_does_not_count() -> None:
    placement = Placement(3_600_000)
    placement.beat("news.raw.v1/0", 1000 * (AT_NOON + 5), begin=True)

    assert placement.second_of(document(1, after=4)) is None
    assert placement.second_of(document(2, after=5)) == AT_NOON + 5


def test_a_heartbeat_moves_a_clock() -> None:
    placement = Placement(3_600_000)
    placement.beat("news.raw.v1/0", 1000 * (AT_NOON + 5), begin=False)

    assert placement.second_of(document(1)) == AT_NOON + 5
