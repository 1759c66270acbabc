"""What a group says of itself."""

from datetime import timedelta

from stream.grouping.group_reason import group_reason
from tests.alerts import AT, group


def test_an_opening_says_how_many_how_fast_and_which_are_worst() -> None:
    assert group_reason(group("acme", "bolt")) == (
        "2 companies turned negative within 9 minutes; highest scores: acme 70, bolt 69"
    )


def test_of_many_the_ten_worst_are_named() -> None:
    found = group_reason(group(*(f"c{n}" for n in range(12)), companies=1_234))

    assert found.endswith("c9 61 and 1,224 more")


def test_companies_are_called_by_their_names_where_known() -> None:
    assert group_reason(group("acme"), str.upper).endswith("ACME 70")


def test_a_later_record_says_how_long_it_is_open_and_how_many_are() -> None:
    opened = AT - timedelta(hours=3)
    worse = group("acme", "bolt", transition="escalate", unresolved=1, opened_at=opened)
    over = group("acme", "bolt", transition="resolve", unresolved=0, opened_at=opened, first=AT)

    assert group_reason(worse).startswith(
        "Worse after 3 hours: 2 companies turned negative within 9 minutes, 1 still open; highest"
    )
    assert group_reason(over).startswith(
        "Over after 3 hours: 2 companies turned negative within a minute; highest"
    )
