"""Values as feeds write them, in the form of a document's fields."""

from datetime import UTC, datetime

import pytest

from sources.mapping.values import normal

LIST = ["ORV", "LTGB"]


@pytest.mark.parametrize(
    "cell",
    [LIST, "ORV, LTGB", "ORV|LTGB", "ORV;LTGB;", "['ORV', 'LTGB']", '["ORV","LTGB"]', "[ORV, LTGB]",
     ["ORV", " LTGB ", "", None, "ORV"]],
)  # fmt: skip
def test_entities_are_a_list_in_any_spelling(cell: object) -> None:
    assert normal({"entities": cell}, None) == {"entities": LIST}


@pytest.mark.parametrize("value", [None, "", "  ", "nan", "NaN", "None", "null", float("nan"), []])
def test_a_field_in_which_there_is_nothing_is_absent(value: object) -> None:
    assert normal({"author": value, "text": value, "published_at": value}, None) == {}


@pytest.mark.parametrize(
    "value",
    ["[removed]", "[deleted]", " [Removed]\n", "[deleted by user]", "[ Removed by Reddit ]", "n/a",
     "__debezium_unavailable_value", [{"value": "a"}]],
)  # fmt: skip
def test_what_stands_for_a_text_that_is_gone_is_no_text(value: object) -> None:
    assert normal({"text": value}, None) == {}


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (7.0, "7"), ("7", "7"), (7.5, 7.5)])
def test_a_whole_number_is_an_id(value: object, text: object) -> None:
    assert normal({"id": value}, None) == {"id": text}


def test_who_deleted_an_account_is_no_author() -> None:
    assert normal({"author": "[deleted]"}, None) == {}


def test_a_byte_order_mark_is_no_part_of_a_text() -> None:
    assert normal({"text": "\ufeffOrvane falls"}, None) == {"text": "Orvane falls"}


def test_paragraphs_are_a_text_and_several_authors_one_field() -> None:
    found = normal({"text": ["One.", "Two."], "author": ["Ada", "Bo"]}, None)

    assert found == {"text": "One.\nTwo.", "author": "Ada, Bo"}


def test_a_time_that_cannot_be_read_stays_for_whoever_says_what_is_wrong() -> None:
    found = normal({"published_at": "yesterday", "arrived_at": 1795632268}, None)

    assert found == {
        "published_at": "yesterday",
        "arrived_at": datetime(2026, 11, 25, 18, 44, 28, tzinfo=UTC),
    }
