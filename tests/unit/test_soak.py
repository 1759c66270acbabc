"""What grows is caught, what merely wavers is not."""

from collections.abc import Callable
from datetime import UTC, datetime
from math import sin

import orjson
import pytest

from tests.soak.documents import name, plan
from tests.soak.trend import Bound, Sample, Series, bounds, judge, series

SECONDS = 3600.0


def sampled(value: Callable[[float], float]) -> Series:
    """A sample every five seconds of what `value` gives for the share of the run that is over."""
    at = [5.0 * number for number in range(720)]
    return Series("resident_mb", "worker 1", at, [value(one / SECONDS) for one in at])


@pytest.mark.parametrize(
    "value",
    [
        lambda share: 600.0,
        lambda share: 0.0,
        lambda share: 600.0 - 100 * share,
        # Fills up while it warms up.
        lambda share: 600.0 * min(1.0, 0.2 + share / 0.25),
        # Wavers, and is high at the very end.
        lambda share: 600.0 + 50 * sin(1000 * share),
        lambda share: 900.0 if share > 0.95 else 600.0,
    ],
)
def test_flat(value: Callable[[float], float]) -> None:
    assert judge(sampled(value), SECONDS, Bound(0.05)).flat


@pytest.mark.parametrize(
    "value",
    [
        lambda share: 600.0 * (1 + 0.1 * share),
        lambda share: 600.0 if share < 0.8 else 640.0,
        # A sawtooth that gives back less than it takes.
        lambda share: 600.0 + 100 * share + 20 * sin(1000 * share),
        lambda share: 600.0 * 2**share,
        lambda share: share,
    ],
)
def test_growing(value: Callable[[float], float]) -> None:
    assert not judge(sampled(value), SECONDS, Bound(0.05)).flat


def test_a_descriptor_lost_every_ten_minutes_grows() -> None:
    found = sampled(lambda share: 60.0 + int(share * 6))
    assert not judge(found, SECONDS, bounds(100)["descriptors"]).flat


def test_the_slope_is_per_hour() -> None:
    trend = judge(sampled(lambda share: 100 + 40 * share), SECONDS, Bound(0.05))

    assert trend.per_hour == pytest.approx(40)
    assert (trend.first, trend.last) == pytest.approx((113.75, 136.25), abs=0.1)


def test_a_process_that_was_not_there_to_the_end_is_no_flat_one() -> None:
    found = sampled(lambda share: 1.0)
    half = found._replace(at=found.at[:360], values=found.values[:360])

    with pytest.raises(ValueError, match="resident_mb of worker 1 needs samples"):
        judge(half, SECONDS, Bound(0.05))


def test_series_keep_processes_apart() -> None:
    samples = [
        Sample(0.0, {"resident_mb": {"worker 1": 1.0}, "lag": {"all": 0.0}}),
        Sample(5.0, {"resident_mb": {"worker 1": 2.0, "worker 2": 3.0}}),
    ]

    assert list(series(samples)) == [
        Series("resident_mb", "worker 1", [0.0, 5.0], [1.0, 2.0]),
        Series("resident_mb", "worker 2", [5.0], [3.0]),
        Series("lag", "all", [0.0], [0.0]),
    ]


def test_a_day_passes_while_it_warms_up_and_no_document_is_of_the_future() -> None:
    given = plan([f"text {number}" for number in range(50)], rate=10, seconds=600)
    documents = [orjson.loads(given.value(number)) for number in (0, 1500, 5999)]

    start, warm, end = (datetime.fromisoformat(one["published_at"]) for one in documents)
    assert (warm - start).total_seconds() > 24 * 3600
    assert end < datetime.now(UTC)
    assert [one["id"] for one in documents] == [name(0), name(1500), name(5999)]
