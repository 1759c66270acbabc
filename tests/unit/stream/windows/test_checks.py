"""Which keys are due, and how far each may be judged."""

from stream.windows.checks import DueKey, due_keys

# The minute 100 begins here.
SECOND = 6_000


def test_a_key_is_judged_up_to_the_horizon_when_all_its_checks_are_known() -> None:
    checks = [("100:all:all", SECOND + 1), (":all:all", SECOND + 60), ("102:all:all", SECOND + 121)]

    due = due_keys(checks, SECOND + 125, 4)

    assert due == [DueKey("all:all", [100, 102], SECOND + 125)]


def test_a_key_is_judged_to_the_end_of_its_last_minute_when_more_may_be_due() -> None:
    checks = [("100:entity:a", SECOND + 1), ("100:entity:b", SECOND + 2)]

    due = due_keys(checks, SECOND + 9_000, 2)

    assert due == [
        DueKey("entity:a", [100], SECOND + 60),
        DueKey("entity:b", [100], SECOND + 60),
    ]


def test_no_key_is_judged_beyond_the_horizon() -> None:
    assert due_keys([("100:all:all", SECOND + 1)], SECOND + 5, 1) == [
        DueKey("all:all", [100], SECOND + 5)
    ]


def test_a_key_that_wakes_is_read_with_the_minute_that_ends_then() -> None:
    # Its check may be at the same second, and be the next after the limit.
    assert due_keys([(":all:all", SECOND + 60)], SECOND + 9_000, 1) == [
        DueKey("all:all", [100], SECOND + 60)
    ]


def test_a_check_at_the_second_of_the_last_may_be_left_out() -> None:
    checks = [(":entity:a", SECOND + 60), ("109:entity:b", SECOND + 600)]

    (key, _) = due_keys(checks, SECOND + 9_000, 2)

    assert key == DueKey("entity:a", [100], SECOND + 599)


def test_a_name_of_a_key_may_hold_any_sign() -> None:
    assert [one.key for one in due_keys([("7:entity:a:b:1", 421)], 500, 9)] == ["entity:a:b:1"]
