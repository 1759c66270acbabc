from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.bench.detection.detectors.detector import Document
from tests.bench.detection.prices import Prices, judged


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()


def flat(days: int) -> list[tuple[str, float]]:
    start = date(2014, 1, 1)
    return [((start + timedelta(day)).isoformat(), 100.0) for day in range(days)]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2014-07-02T15:59:59", "2014-07-02"),
        ("2014-07-02T16:00:01", "2014-07-03"),
        ("2014-07-03T16:00:01", "2014-07-07"),
        ("2014-07-04T10:00:00", "2014-07-07"),
        ("2014-07-06T23:00:00", "2014-07-07"),
        ("2014-07-07T16:00:00", None),
    ],
    ids=["before the close", "after it", "before a holiday", "holiday", "Sunday", "after the last"],
)
def test_what_is_said_belongs_to_a_trading_day(said: str, day: str | None) -> None:
    dates = ("2014-07-01", "2014-07-02", "2014-07-03", "2014-07-07")
    prices = Prices([(one, 100.0) for one in dates])

    assert prices.trading_day(at(said)) == day


@pytest.mark.parametrize(
    ("close", "fell", "big"), [(99.5, False, False), (98.5, True, False), (96.0, True, True)]
)
def test_a_fall_is_measured_by_the_share_and_the_days_before(
    close: float, fell: bool, big: bool
) -> None:
    prices = Prices([*flat(20), ("2014-02-01", close)])

    assert (prices.fell("2014-02-01"), prices.fell("2014-02-01", big=True)) == (fell, big)


def test_a_day_with_too_few_before_it_is_not_judged() -> None:
    prices = Prices([*flat(10), ("2014-02-01", 50.0)])

    assert not prices.is_judged("2014-02-01")
    assert not prices.fell("2014-02-01")


def test_alarms_are_judged_by_the_day_they_belong_to() -> None:
    prices = {"X": Prices([*flat(20), ("2014-02-03", 90.0), ("2014-02-04", 90.0)])}
    morning, next_day = at("2014-02-03T09:00:00"), at("2014-02-04T09:00:00")
    documents = {"X": [Document(morning + 60 * n, False, 0.1, n) for n in range(5)]}
    documents["X"].append(Document(next_day, False, 0.1, 6))

    told = judged([(morning + 7200, "X"), (next_day, "X")], documents, prices)

    assert (told.alarms, told.right, told.falls, told.told, told.delay) == (2, 0.5, 1, 1, 2.0)
    assert told.chance == 0.5
