"""The sentence that says why an alert makes a transition."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from schemas import Alert
from stream.windows.reason import reason
from tests.alerts import AT, alert, evidence

CONTROLS = "Reu\x1b[2Jters\r\nFake\u202e wire\x00"


def made(documents: int = 58, negative: int = 41, minutes: int = 5, **fields: Any) -> Alert:
    one = alert(**{"distinct": 36, "documents": [], **fields})
    window = replace(
        one.window,
        documents=documents,
        negative=negative,
        start=one.window.end - timedelta(minutes=minutes),
    )
    return replace(one, window=window)


def usual(negative: float, share: float) -> str:
    """What is said to be usual of so many texts, and of such a share."""
    one = made()
    baseline = replace(one.baseline, negative=negative, share=share)
    return reason(replace(one, baseline=baseline)).partition("; ")[2]


def test_an_alert_says_what_is_usual_and_where_it_came_from() -> None:
    shown = [
        replace(evidence("Acme cuts"), source="wire", arrived_at=AT - timedelta(minutes=2)),
        replace(evidence("Acme warns"), source="Reuters", arrived_at=AT - timedelta(minutes=4)),
    ]

    assert reason(replace(made(), documents=shown)) == (
        "41 negative of 58 (71 %) in 5 minutes, 36 stories;"
        " usual: less than one, 21 %; first shown: Reuters 11:58 UTC"
    )


def test_a_story_that_spreads_is_said() -> None:
    shown = [replace(evidence("Acme warns"), copies=copies) for copies in (1, 1112, 7)]

    assert "; one story, 1,112 copies; first shown: " in reason(replace(made(), documents=shown))


def test_two_copies_of_a_story_are_not_worth_saying() -> None:
    shown = [replace(evidence("Acme warns"), copies=2)]

    assert "copies" not in reason(replace(made(), documents=shown))


def test_an_alert_that_gets_worse_says_since_when_it_is_open() -> None:
    shown = [replace(evidence("Acme warns"), copies=9)]
    one = made(transition="escalate", opened_at=AT - timedelta(minutes=8))

    assert reason(replace(one, documents=shown)) == (
        "Worse after 8 minutes: 41 negative of 58 (71 %) in 5 minutes, 36 stories;"
        " usual: less than one, 21 %; one story, 9 copies"
    )


def test_an_alert_that_resolves_says_what_is_over_and_no_document() -> None:
    shown = [evidence("Acme warns")]
    one = made(20, 1, 60, transition="resolve", distinct=1, opened_at=AT - timedelta(hours=3))

    assert reason(replace(one, documents=shown)) == (
        "Over after 3 hours: 1 negative of 20 (5 %) in an hour, 1 story; usual: less than one, 21 %"
    )


def test_silence_after_an_alert_is_said() -> None:
    one = made(0, 0, 60, transition="resolve", distinct=0, opened_at=AT - timedelta(hours=3))

    assert "Over after 3 hours: no document in an hour; usual: " in reason(one)


def test_what_is_not_negative_any_more_is_said() -> None:
    one = made(1017, 0, 60, transition="resolve", distinct=0, opened_at=AT - timedelta(hours=3))

    assert "Over after 3 hours: none negative of 1,017 in an hour; usual: " in reason(one)


def test_what_is_no_company_counts_companies() -> None:
    topic = made(kind="topic", subject="earnings", distinct=1)

    assert ", 1 company or story; " in reason(topic)
    assert ", 12 companies or stories; " in reason(replace(topic, distinct=12))


@pytest.mark.parametrize(
    ("negative", "share", "said"),
    [
        (0.004, 0.004, "usual: less than one, less than 1 %"),
        (1.2, 0.0, "usual: 1, 0 %"),
        (2871.4, 0.25, "usual: 2,871, 25 %"),
    ],
)
def test_what_is_usual_is_said_as_a_person_says_it(
    negative: float, share: float, said: str
) -> None:
    assert usual(negative, share) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "a minute"), (5, "5 minutes"), (60, "an hour"), (222, "4 hours"), (4290, "3 days")],
)
def test_the_time_of_the_window_is_said_in_its_unit(minutes: int, said: str) -> None:
    assert f" in {said}, 36 stories" in reason(made(minutes=minutes))


def test_a_minute_that_is_not_over_counts_as_one() -> None:
    one = made(minutes=5)
    begun = replace(one.window, start=one.window.start + timedelta(seconds=59))

    assert " in 5 minutes, " in reason(replace(one, window=begun))


def test_a_document_of_the_day_before_has_its_date() -> None:
    shown = [replace(evidence("Acme warns"), arrived_at=AT - timedelta(hours=13))]

    assert reason(replace(made(), documents=shown)).endswith("newswire 2026-03-16 23:02 UTC")


def test_a_document_of_an_older_version_has_no_time_of_arrival() -> None:
    shown = [replace(evidence("Acme warns"), arrived_at=None)]

    assert "first" not in reason(replace(made(), documents=shown))


@pytest.mark.parametrize("source", [CONTROLS, "海燕" * 500, "x" * 5000, "\n" * 5000, ""])
def test_a_senders_name_neither_controls_nor_floods(source: str) -> None:
    shown = [replace(evidence("Acme warns"), source=source)]

    said = reason(replace(made(), documents=shown))

    assert said.isprintable()
    assert "  " not in said
    assert len(said) < 200
