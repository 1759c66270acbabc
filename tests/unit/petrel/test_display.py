from datetime import timedelta

import click
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from petrel.console.display import (
    alert_block,
    any_alert_block,
    dead_letter_block,
    one_line,
    truncate,
)
from schemas import DeadLetterHeaders
from tests.alerts import AT, alert, evidence, group
from tests.records import DEAD_LETTER

HOSTILE = "up\x1b[2J\x1b]0;owned\x07\x00\x9b31m\u202edown\nnext\u2028line\ud800"


def lines(block: str) -> list[str]:
    return click.unstyle(block).split("\n")


def test_an_alert_says_what_its_numbers_and_its_texts() -> None:
    assert lines(alert_block(alert(), 80)) == [
        "2026-03-17 12:02:00Z  OPEN      critical 91  entity corvane-air",
        "  14 negative of 16 (88 %) in an hour, 12 stories; usual: less than one, 21 %;",
        "  first shown: newswire 12:02 UTC",
        "  0.97 newswire: Corvane Air grounds its fleet, part 0",
        "  0.97 newswire: Corvane Air grounds its fleet, part 1",
    ]


def test_an_alert_names_the_company_beside_its_id() -> None:
    head = lines(alert_block(alert(), 80, "Corvane Air"))[0]

    assert head == "2026-03-17 12:02:00Z  OPEN      critical 91  entity corvane-air (Corvane Air)"


def test_a_resolve_says_how_long_it_was_open() -> None:
    opened = AT - timedelta(minutes=52)
    block = lines(alert_block(alert(transition="resolve", opened_at=opened, documents=[]), 120))
    assert len(block) == 2
    assert block[1].startswith("  Over after 52 minutes: 14 negative of 16")


def test_a_story_that_came_often_says_so() -> None:
    often = replace(evidence("Corvane Air grounds its fleet"), copies=1112)

    block = lines(alert_block(alert(documents=[often]), 120))

    assert block[-1] == "  0.97 newswire, 1,112 copies: Corvane Air grounds its fleet"


def test_an_alert_of_an_older_version_has_no_reason() -> None:
    assert len(lines(alert_block(replace(alert(documents=[]), reason=""), 80))) == 1


def test_a_group_says_how_many_how_fast_and_which() -> None:
    alert = group("corvane-air", "acme", companies=120, unresolved=7, transition="escalate")
    names = {"corvane-air": "Corvane Air"}

    block = lines(any_alert_block(alert, 80, lambda _, subject: names.get(subject)))

    assert block == [
        "2026-03-17 12:02:00Z  ESCALATE  warning 70  group of 120 companies",
        "  Worse after a minute: 120 companies turned negative within 9 minutes, 7 still",
        "  open; highest scores: Corvane Air 70, acme 69 and 118 more",
        "  0.97 newswire: Acme falls",
    ]


def test_any_alert_is_shown_by_the_name_of_its_company() -> None:
    block = lines(any_alert_block(alert(), 120, lambda kind, _: f"a {kind}"))

    assert block == lines(alert_block(alert(), 120, "a entity"))


@pytest.mark.parametrize("subject", [HOSTILE, "海燕" * 200, "x" * 500])
def test_the_companies_of_a_group_neither_control_nor_overflow_the_terminal(subject: str) -> None:
    block = lines(any_alert_block(group(subject), 80))

    assert all(one.isprintable() and cell_len(one) <= 80 for one in block)


@pytest.mark.parametrize("text", [HOSTILE, "海燕" * 200, "x" * 500])
def test_a_text_neither_controls_nor_overflows_the_terminal(text: str) -> None:
    hostile = alert(subject=text, documents=[replace(evidence(text), source=text)])
    block = lines(alert_block(replace(hostile, reason=text), 80, text))
    assert all(one.isprintable() for one in block)
    assert all(cell_len(one) <= 80 for one in block)


def test_control_characters_become_spaces() -> None:
    assert one_line(HOSTILE) == "up [2J ]0;owned 31m down next line"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("海燕", 4, "海燕"), ("海燕报", 4, "海…")],
)
def test_a_chinese_character_takes_two_columns(text: str, width: int, cut: str) -> None:
    assert truncate(text, width) == cut


def test_a_dead_letter_says_where_when_why_and_how_it_begins() -> None:
    reason = DeadLetterHeaders(
        topic="news.raw.v1",
        partition=2,
        offset=9,
        timestamp=0,
        stage="decode",
        error="no\x1bJSON",
        failed_at=AT,
    )
    assert lines(dead_letter_block("0:17", reason, b"\xff\x00\x1b[2J {", 80)) == [
        "0:17  2026-03-17 12:02:00Z  decode  from news.raw.v1 2:9",
        "  no JSON",
        r"  \xff\x00\x1b[2J {",
    ]


def test_a_dead_letter_says_what_was_cut() -> None:
    block = dead_letter_block("0:17", DEAD_LETTER, b"{", 80)

    assert lines(block)[2] == "  cut to fit in Kafka; value: the first 9 of 10 bytes kept"


def test_a_dead_letter_of_another_program_without_a_value_is_shown_too() -> None:
    assert lines(dead_letter_block("0:17", None, None, 80)) == [
        "0:17  set aside by another program",
        "  (no value)",
    ]
