from random import Random

import pytest

from stream.windows.rhythm import HOURS_A_DAY, SECONDS_AN_HOUR, Exposure, Rhythm, bin_of

# A Monday.
MONDAY = 24 * (4 + 7 * 2_800)


def weeks(*, busy: int, documents: int) -> Rhythm:
    """Four weeks with so many `documents` in the hour `busy` of each day, and one in each other."""
    rhythm = Rhythm()
    for hour in range(MONDAY, MONDAY + 28 * HOURS_A_DAY):
        rhythm.add(hour, documents if hour % HOURS_A_DAY == busy else 1)
        if hour % HOURS_A_DAY == HOURS_A_DAY - 1:
            rhythm.decay()
    return rhythm


def test_without_a_past_there_is_no_rhythm() -> None:
    assert Rhythm().factor(MONDAY) == 1.0


def test_busy_hour_is_busy() -> None:
    rhythm = weeks(busy=9, documents=50)
    assert rhythm.factor(MONDAY + 9) > 8
    assert rhythm.factor(MONDAY + 3) < 1


def test_hour_of_a_quiet_key_is_like_any_other() -> None:
    rhythm = Rhythm()
    for hour in range(MONDAY, MONDAY + 72):
        rhythm.add(hour, 2 if hour == MONDAY else 0)
    rhythm.decay()
    assert rhythm.factor(MONDAY) == pytest.approx(1.0, abs=0.1)


def test_busy_hours_that_are_now_these_and_now_those_make_no_rhythm() -> None:
    rng, rhythm = Random(5), Rhythm()
    for hour in range(MONDAY, MONDAY + 14 * HOURS_A_DAY):
        rhythm.add(hour, round(rng.gammavariate(1, 20)))
    rhythm.decay()
    factors = [rhythm.factor(MONDAY + hour) for hour in range(7 * HOURS_A_DAY)]
    assert min(factors) > 0.7
    assert max(factors) < 1.4


def test_weekends_have_hours_of_their_own() -> None:
    days = [bin_of(MONDAY + HOURS_A_DAY * day) for day in range(7)]
    assert days == [0, 0, 0, 0, 0, 24, 24]


def test_average_over_all_hours_is_one_average_hour() -> None:
    rhythm = weeks(busy=9, documents=50)
    week = Exposure(rhythm, MONDAY, MONDAY + 7 * HOURS_A_DAY)
    seconds = MONDAY * SECONDS_AN_HOUR, (MONDAY + 7 * HOURS_A_DAY) * SECONDS_AN_HOUR
    assert week.between(*seconds) == pytest.approx(7 * HOURS_A_DAY, rel=0.1)


def test_part_of_an_hour_is_that_part_of_it() -> None:
    exposure = Exposure(Rhythm(), MONDAY, MONDAY + 2)
    begin = MONDAY * SECONDS_AN_HOUR
    assert exposure.between(begin + 900, begin + 5_400) == pytest.approx(1.25)
