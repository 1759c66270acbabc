"""Times as feeds write them."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mapping.times import InvalidTime, parse_time, zone

TIME = datetime.fromisoformat("2026-11-25T18:44:28Z")
SECONDS = int(TIME.timestamp())
BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-25T18:44:28Z",
        "2026-11-25T19:44:28+01:00",
        "2026-11-25 18:44:28.000 UTC",
        "2026-11-25T13:44:28-0500",
        "20261125T184428Z",
        "Wed, 25 Nov 2026 18:44:28 GMT",
        "Wed, 25 Nov 2026 13:44:28 EST",
        "25 Nov 2026 18:44:28 +0000",
        "Wed Nov 25 18:44:28 +0000 2026",
        SECONDS,
        str(SECONDS),
        float(SECONDS),
        SECONDS * 1000,
        str(SECONDS * 1000),
        SECONDS * 10**6,
        SECONDS * 10**9,
        f"{SECONDS}.0",
    ],
)
def test_a_time_is_read_in_each_form(value: object) -> None:
    assert parse_time(value, None) == TIME


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-11-25", "2026-11-25T00:00:00"),
        ("20261125", "2026-11-25T00:00:00"),
        (20261125, "2026-11-25T00:00:00"),
        ("202611251844", "2026-11-25T18:44:00"),
        ("20261125184428", "2026-11-25T18:44:28"),
        ("2026-11-25T18:44:28", "2026-11-25T18:44:28"),
        ("2026/1/5 9:30", "2026-01-05T09:30:00"),
        ("2026年11月25日 18:44", "2026-11-25T18:44:00"),
        (datetime.fromisoformat("2026-11-25"), "2026-11-25T00:00:00"),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_that_was_said(value: object, time: str) -> None:
    assert parse_time(value, BERLIN) == datetime.fromisoformat(f"{time}+01:00")
    with pytest.raises(InvalidTime, match="has no time zone: --timezone"):
        parse_time(value, None)


@pytest.mark.parametrize(
    "value",
    ["2026-11-25 18:44 IST", "Wed, 25 Nov 2026 18:44:28 IST", "25 Nov 2026 18:44:28 CEST"],
)
def test_a_zone_that_may_be_several_is_never_taken_for_utc(value: str) -> None:
    with pytest.raises(InvalidTime):
        parse_time(value, UTC)


@pytest.mark.parametrize(
    "value",
    ["yesterday", "", "11/25/2026", "25.11.2026", True, None, [], 10**30, float("nan"),
     "2026-13-01", float("inf"), "9" * 20],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_the_forms(value: object) -> None:
    with pytest.raises(InvalidTime, match="a time is like 2026-11-25T18:44:28Z"):
        parse_time(value, UTC)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidTime, match="Europe/Berlin or UTC; not 'Mars/Olympus'"):
        zone("Mars/Olympus")


@given(st.integers(10**9, 10**9 * 4))
def test_every_unit_since_1970_gives_the_same_time(seconds: int) -> None:
    found = {parse_time(seconds * unit, None) for unit in (1, 10**3, 10**6, 10**9)}

    assert found == {datetime.fromtimestamp(seconds, UTC)}


@given(st.text(max_size=30) | st.integers() | st.floats())
def test_anything_else_is_a_time_or_refused(value: object) -> None:
    with suppress(InvalidTime):
        assert parse_time(value, UTC).tzinfo is not None
