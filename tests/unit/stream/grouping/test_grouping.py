"""When many companies turn at once, with literal times."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from unittest.mock import patch

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas import Alert, encode
from schemas.alert import AnyAlert, GroupAlert, Severity, Transition
from schemas.times import to_millis
from stream.grouping import grouping
from stream.grouping.group_rule import GroupRule
from stream.grouping.grouping import Grouping, GroupingState
from tests.alerts import AT, alert, evidence

MINUTE = 60


def at(
    second: int,
    company: str,
    transition: Transition = "open",
    opened: int | None = None,
    severity: Severity = "warning",
    score: int = 70,
) -> Alert:
    """A transition of `company` at `second`, whose alert opened then or at `opened`."""
    opened = second if opened is None else opened
    return alert(
        id=f"{company}-{second}",
        alert=f"{company}-{opened}",
        transition=transition,
        severity=severity,
        score=score,
        subject=company,
        opened_at=AT + timedelta(seconds=opened),
        at=AT + timedelta(seconds=second),
        documents=[evidence(f"{company} falls")],
    )


def opened(second: int, count: int, first: int = 0) -> list[Alert]:
    """Alerts of so many companies that open in one second."""
    return [at(second, f"c{number:02}") for number in range(first, first + count)]


def resolved(alerts: Iterable[Alert], second: int) -> list[Alert]:
    """How each of `alerts` resolves."""
    return [
        at(second, one.subject, "resolve", (one.opened_at - AT) // timedelta(seconds=1))
        for one in alerts
    ]


def published(alerts: Sequence[Alert], rule: GroupRule | None = None) -> list[AnyAlert]:
    return Grouping(rule or GroupRule()).publish(alerts, second_of(AT) + 10**6)


def told(alerts: Iterable[AnyAlert]) -> list[tuple[str, str]]:
    return [(one.subject, one.transition) for one in alerts]


def second_of(time: object) -> int:
    return to_millis(time) // 1000  # type: ignore[arg-type]


def group(alerts: Iterable[AnyAlert]) -> GroupAlert:
    """The last record of a group."""
    return [one for one in alerts if isinstance(one, GroupAlert)][-1]


def test_four_companies_alert_by_themselves() -> None:
    alerts = opened(0, 4)

    assert published(alerts) == alerts


def test_the_fifth_opens_a_group_that_takes_the_others_in() -> None:
    alerts = [at(120 * n, f"c{n}", score=60 + n) for n in range(5)]

    *singly, last = published(alerts)

    assert singly == alerts[:4]
    assert isinstance(last, GroupAlert)
    assert (last.transition, last.severity, last.score) == ("open", "warning", 64)
    assert (last.companies, last.unresolved) == (5, 5)
    assert [one.subject for one in last.members] == ["c4", "c3", "c2", "c1", "c0"]
    assert last.latest - last.first == timedelta(minutes=8)
    assert len(last.documents) == 5


def test_of_eighty_in_one_second_none_is_told_singly() -> None:
    (only,) = published(opened(0, 80))

    assert isinstance(only, GroupAlert)
    assert (only.companies, len(only.members)) == (80, 80)


def test_an_alert_longer_ago_than_the_span_is_not_counted() -> None:
    alerts = [at(0, "c9"), *opened(15 * MINUTE, 4)]

    assert published(alerts) == alerts


def test_what_has_resolved_is_not_counted() -> None:
    first = at(0, "c9")
    alerts = [first, *resolved([first], 60), *opened(120, 4)]

    assert published(alerts) == alerts


def test_topics_and_all_are_told_as_they_are() -> None:
    others = [
        alert(id=f"t{n}", alert=f"t{n}", kind="topic", subject=f"t{n}", at=AT, opened_at=AT)
        for n in range(5)
    ]

    assert [one for one in published(others + opened(0, 5)) if one.kind == "topic"] == others
    assert published(others) == others


def test_while_a_group_grows_what_opens_is_a_member_and_not_told() -> None:
    found = published([*opened(0, 5), at(14 * MINUTE, "late"), at(14 * MINUTE, "later")])

    assert told(found) == [("companies", "open")]


def test_members_escalate_and_resolve_within_the_group_alone() -> None:
    members = opened(0, 6)
    found = published(
        [*members, at(60, "c01", "escalate", 0, "critical", 95), *resolved(members, 3600)]
    )

    assert told(found) == [
        ("companies", "open"),
        ("companies", "escalate"),
        ("companies", "resolve"),
    ]
    assert [one.severity for one in found] == ["warning", "critical", "critical"]
    assert found[-1].score == 95
    assert [one.unresolved for one in found if isinstance(one, GroupAlert)] == [6, 6, 0]


def test_who_was_told_before_the_group_still_resolves_and_escalates_no_more() -> None:
    early = at(0, "early")
    members = opened(60, 5)
    found = published(
        [
            early,
            *members,
            at(120, "early", "escalate", 0, "critical"),
            *resolved([early], 3600),
            *resolved(members, 3660),
        ]
    )

    assert told(found) == [
        ("early", "open"),
        ("companies", "open"),
        ("companies", "escalate"),
        ("early", "resolve"),
        ("companies", "resolve"),
    ]


def test_a_member_that_is_critical_makes_the_group_so() -> None:
    (found,) = published([*opened(0, 4), at(0, "worst", severity="critical", score=99)])

    assert (found.severity, found.score) == ("critical", 99)


def test_growth_is_told_at_each_doubling() -> None:
    waves = [*opened(0, 5), *opened(60, 4, 5), *opened(120, 1, 9), *opened(180, 20, 10)]

    found = [one for one in published(waves) if isinstance(one, GroupAlert)]

    assert [(one.transition, one.companies) for one in found] == [
        ("open", 5),
        ("escalate", 10),
        ("escalate", 30),
    ]
    assert [one.severity for one in found] == ["warning", "critical", "critical"]


def test_an_alert_hours_later_is_told_by_itself_though_the_group_is_open() -> None:
    members, own = opened(0, 8), at(4 * 3600, "own")
    alerts = [*members, own, *resolved([own], 5 * 3600), *resolved(members, 6 * 3600)]

    assert told(published(alerts)) == [
        ("companies", "open"),
        ("own", "open"),
        ("own", "resolve"),
        ("companies", "resolve"),
    ]


def test_a_trickle_of_single_alerts_keeps_no_group_growing() -> None:
    trickle = [at(number * 10 * MINUTE, f"t{number}") for number in range(2, 10)]

    found = published([*opened(0, 5), *trickle])

    assert told(found) == [("companies", "open"), *((one.subject, "open") for one in trickle)]


def test_a_second_burst_is_a_group_of_its_own() -> None:
    found = published([*opened(0, 5), *opened(3600, 6, 5)])

    first, second = (one for one in found if isinstance(one, GroupAlert))
    assert (first.companies, second.companies) == (5, 6)
    assert first.alert != second.alert


def test_the_resolves_of_two_groups_are_kept_apart() -> None:
    first, second = opened(0, 5), opened(3600, 6, 5)

    found = published([*first, *second, *resolved(second, 7200), *resolved(first, 9000)])

    assert [(one.transition, one.at - AT) for one in found if one.transition == "resolve"] == [
        ("resolve", timedelta(seconds=7200)),
        ("resolve", timedelta(seconds=9000)),
    ]


def test_a_company_that_flares_up_again_counts_once() -> None:
    members = opened(0, 5)
    again = at(600, "c00")

    found = published([*members, *resolved(members[:1], 300), again, *resolved(members[1:], 700)])

    assert told(found) == [("companies", "open")]
    assert told(published([*members, again, *opened(660, 5, 5)]))[-1] == ("companies", "escalate")
    assert group(published([*members, again, *opened(660, 5, 5)])).companies == 10


def test_what_is_remembered_is_bounded_however_many_members_there_are() -> None:
    folded = Grouping(GroupRule())
    folded.publish([at(n // 100, f"c{n}") for n in range(20_000)], second_of(AT) + 300)

    assert len(msgspec.json.encode(folded.state)) < 50_000


def test_beyond_the_groups_that_are_remembered_all_is_told_singly() -> None:
    waves = [one for wave in range(3) for one in opened(3600 * wave, 5, 5 * wave)]

    with patch.object(grouping, "_MAX_GROUPS", 2):
        found = published([*waves, *resolved(waves, 9000)])

    assert Counter(told(found)) == Counter(
        [("companies", "open"), ("companies", "resolve")] * 2
        + [(one.subject, name) for one in waves[10:] for name in ("open", "resolve")]
    )


def test_transitions_that_come_again_are_passed_over() -> None:
    folded, alerts = Grouping(GroupRule()), opened(0, 6)
    folded.publish(alerts, second_of(AT))

    assert folded.publish(alerts, second_of(AT) + 60) == []


@st.composite
def lives(draw: st.DrawFn) -> list[Alert]:
    """Alerts of some companies, each of which opens, maybe escalates, and resolves."""
    transitions = []
    for number in range(draw(st.integers(1, 12))):
        second = 0
        for _ in range(draw(st.integers(1, 3))):
            start = second = second + draw(st.integers(1, 400))
            company = f"c{number}"
            transitions.append(at(start, company))
            if draw(st.booleans()):
                second += draw(st.integers(1, 100))
                transitions.append(at(second, company, "escalate", start, "critical"))
            second += draw(st.integers(1, 400))
            transitions.append(at(second, company, "resolve", start))
    return transitions


RULE = GroupRule(size=3, span=2)


@given(alerts=lives(), cuts=st.lists(st.integers(1, 3_000)))
def test_the_pieces_make_no_difference(alerts: list[Alert], cuts: list[int]) -> None:
    state, found, before = GroupingState(), list[bytes](), 0
    for cut in [*sorted(cuts), 10_000]:
        until = second_of(AT) + cut
        piece = [one for one in alerts if before < second_of(one.at) <= until]
        # From what is stored of it, each time.
        folded = Grouping(RULE, msgspec.json.decode(msgspec.json.encode(state), type=GroupingState))
        found += map(encode, folded.publish(piece, until))
        state, before = folded.state, until

    assert found == [encode(one) for one in published(alerts, RULE)]


@given(alerts=lives())
def test_what_opens_resolves_once_and_nothing_is_forgotten(alerts: list[Alert]) -> None:
    folded = Grouping(RULE)
    found = folded.publish(alerts, second_of(AT) + 10_000)

    ends = {
        name: Counter(one.alert for one in found if one.transition == name)
        for name in ("open", "resolve")
    }
    assert ends["open"] == ends["resolve"]
    assert set(ends["open"].values()) <= {1}
    assert len({one.id for one in found}) == len(found)
    assert (folded.state.groups, folded.state.candidates) == ([], [])
