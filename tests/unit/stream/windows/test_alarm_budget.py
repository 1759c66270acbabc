import pytest

from stream.windows.alarm_budget import AlarmBudget

TODAY = 20_000


def budget(alarms_per_day: float, tests: dict[int, int]) -> AlarmBudget:
    found = AlarmBudget(alarms_per_day)
    found.tests = tests
    return found


def test_first_day_has_an_assumed_number_of_tests() -> None:
    assert budget(0.5, {}).largest_chance(TODAY) == 0.5 / 300


def test_chance_times_tests_is_the_alarms_of_a_day() -> None:
    week = dict.fromkeys(range(TODAY - 7, TODAY), 100_000)
    largest = budget(2.0, week).largest_chance(TODAY)
    assert largest * 100_000 == pytest.approx(2.0, rel=0.15)


def test_twice_the_alarms_are_twice_the_chance() -> None:
    week = dict.fromkeys(range(TODAY - 7, TODAY), 100_000)
    one, two = (budget(alarms, week).largest_chance(TODAY) for alarms in (1.0, 2.0))
    assert two == 2 * one


@pytest.mark.parametrize("day", [TODAY, TODAY + 1])
def test_day_itself_and_those_after_it_do_not_count(day: int) -> None:
    week = dict.fromkeys(range(TODAY - 7, TODAY), 100_000)
    more = budget(1.0, {**week, day: 10**9})
    assert more.largest_chance(TODAY) == budget(1.0, week).largest_chance(TODAY)


def test_few_tests_do_not_make_the_likely_an_alarm() -> None:
    quiet = dict.fromkeys(range(TODAY - 7, TODAY), 1)
    assert budget(100.0, quiet).largest_chance(TODAY) <= 0.05


def test_day_without_a_test_between_others_counts() -> None:
    both = {TODAY - 7: 70_000, TODAY - 1: 70_000}
    ends = budget(1.0, both).largest_chance(TODAY)
    assert ends == pytest.approx(8 / 140_300)


def test_tests_that_are_set_anew_count_at_once() -> None:
    found = budget(1.0, {TODAY - 1: 1_000})
    before = found.largest_chance(TODAY)
    found.tests = {TODAY - 1: 100_000}
    assert found.largest_chance(TODAY) < before
