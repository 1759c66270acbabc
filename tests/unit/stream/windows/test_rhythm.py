from collections.abc import Callable
from random import Random

import pytest

from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR, Exposure, Rhythm, bin_of

# A Monday.
MONDAY = 24 * (4 + 7 * 2_800)


def learnt(texts: Callable[[int], int], days: int) -> Rhythm:
    """The rhythm after some days, in whose hours there were so many `texts`."""
    rhythm = Rhythm()
    for begin in range(MONDAY, MONDAY + days * HOURS_A_DAY, HOURS_A_DAY):
        end = begin + HOURS_A_DAY
        rhythm = rhythm.with_day({hour: texts(hour) for hour in range(begin, end)}, begin, end)
    return rhythm


def weeks(*, busy: int, texts: int, days: int = 28) -> Rhythm:
    """Four weeks with so many `texts` in the hour `busy` of each day, and one in each other."""
    return learnt(lambda hour: texts if hour % HOURS_A_DAY == busy else 1, days)


def test_without_a_past_there_is_no_rhythm() -> None:
    assert Rhythm().factor(MONDAY) == 1.0


def test_busy_hour_is_busy() -> None:
    rhythm = weeks(busy=9, texts=50)
    assert rhythm.factor(MONDAY + 9) > 8
    assert rhythm.factor(MONDAY + 3) < 1


def test_hour_of_a_quiet_key_is_like_any_other() -> None:
    rhythm = learnt(lambda hour: 2 if hour == MONDAY else 0, days=3)
    assert rhythm.factor(MONDAY) == pytest.approx(1.0, abs=0.1)


def test_busy_hours_that_are_now_these_and_now_those_make_no_rhythm() -> None:
    rng = Random(5)
    rhythm = learnt(lambda _: round(rng.gammavariate(1, 20)), days=14)
    factors = [rhythm.factor(MONDAY + hour) for hour in range(7 * HOURS_A_DAY)]
    assert min(factors) > 0.7
    assert max(factors) < 1.4


def test_first_weekend_is_like_the_days_before() -> None:
    rhythm = weeks(busy=9, texts=50, days=4)
    assert rhythm.factor(MONDAY + 5 * HOURS_A_DAY + 9) == rhythm.factor(MONDAY + 9)


def test_busy_key_may_have_any_rhythm_before_two_days_are_known() -> None:
    assert weeks(busy=9, texts=50, days=1).spread(MONDAY + 9) >= 1.0
    assert weeks(busy=9, texts=50).spread(MONDAY + 9) < 0.1
    assert Rhythm().spread(MONDAY) == 0.0


def test_weekends_have_hours_of_their_own() -> None:
    days = [bin_of(MONDAY + HOURS_A_DAY * day) for day in range(7)]
    assert days == [0, 0, 0, 0, 0, 24, 24]


def test_average_over_all_hours_is_one_average_hour() -> None:
    rhythm = weeks(busy=9, texts=50)
    week = Exposure(rhythm, MONDAY, MONDAY + 7 * HOURS_A_DAY)
    seconds = MONDAY * SECONDS_AN_HOUR, (MONDAY + 7 * HOURS_A_DAY) * SECONDS_AN_HOUR
    assert week.between(*seconds) == pytest.approx(7 * HOURS_A_DAY, rel=0.1)


def test_part_of_an_hour_is_that_part_of_it() -> None:
    exposure = Exposure(Rhythm(), MONDAY, MONDAY + 2)
    begin = MONDAY * SECONDS_AN_HOUR
    assert exposure.between(begin + 900, begin + 5_400) == pytest.approx(1.25)
