"""Which keys are due, and how far each may be judged."""

from stream.windows.checks import DueKey, due_keys

# The minute 100 begins here.
SECOND = 6_000
ROOM = 9


def due(checks: list[tuple[str, int]], horizon: int, limit: int, room: int = ROOM) -> list[DueKey]:
    return list(due_keys(checks, horizon, limit, room))


def test_a_key_is_judged_up_to_the_horizon_when_all_its_checks_are_known() -> None:
    checks = [("100:all:all", SECOND + 1), (":all:all", SECOND + 60), ("102:all:all", SECOND + 121)]

    found = due(checks, SECOND + 125, 4)

    assert found == [DueKey("all:all", [100, 102], SECOND + 125)]


def test_a_key_is_judged_to_the_end_of_its_last_minute_when_more_may_be_due() -> None:
    checks = [("100:entity:a", SECOND + 1), ("100:entity:b", SECOND + 2)]

    found = due(checks, SECOND + 9_000, 2)

    assert found == [
        DueKey("entity:a", [100], SECOND + 60),
        DueKey("entity:b", [100], SECOND + 60),
    ]


def test_no_key_is_judged_beyond_the_horizon() -> None:
    assert due([("100:all:all", SECOND + 1)], SECOND + 5, 1) == [
        DueKey("all:all", [100], SECOND + 5)
    ]


def test_a_key_that_wakes_is_read_with_the_minute_that_ends_then() -> None:
    # Its check may be at the same second, and be the next after the limit.
    assert due([(":all:all", SECOND + 60)], SECOND + 9_000, 1) == [
        DueKey("all:all", [100], SECOND + 60)
    ]


def test_a_check_at_the_second_of_the_last_may_be_left_out() -> None:
    checks = [(":entity:a", SECOND + 60), ("109:entity:b", SECOND + 600)]

    (key, _) = due(checks, SECOND + 9_000, 2)

    assert key == DueKey("entity:a", [100], SECOND + 599)


def test_a_name_of_a_key_may_hold_any_sign() -> None:
    assert [one.key for one in due([("7:entity:a:b:1", 421)], 500, 9)] == ["entity:a:b:1"]


def test_keys_are_left_out_when_there_is_no_room_for_them() -> None:
    checks = [("100:entity:a", SECOND + 60), ("100:entity:b", SECOND + 60)]

    assert [one.key for one in due(checks, SECOND + 90, 4, room=1)] == ["entity:a"]


def test_a_key_that_has_no_room_is_judged_to_the_end_of_its_last_minute_that_has() -> None:
    checks = [(f"{minute}:all:all", 60 * minute + 60) for minute in (100, 103, 110)]

    assert due(checks, SECOND + 9_000, 4, room=2) == [
        DueKey("all:all", [100, 103], 60 * 104),
    ]
