"""Picking the fields of a document out of records of any shape."""

from datetime import UTC, datetime

import pytest

from schemas.times import EPOCH
from sources.mapping.mapper import FieldMapping, InvalidMapping, Mapper, merged


def fields(row: object, **mapping: object) -> dict[str, object]:
    return Mapper(FieldMapping(**mapping)).fields(row)  # type: ignore[arg-type]


def test_a_field_is_where_its_own_name_is() -> None:
    assert fields({"text": "a", "id": 7, "other": 1}) == {"text": "a", "id": "7"}


def test_the_first_place_that_holds_something_is_taken() -> None:
    mapping = {"text": "full_text|text|title"}

    assert fields({"full_text": " ", "text": "[removed]", "title": "a"}, fields=mapping) == {
        "text": "a",
        "title": "a",
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"body": [{"value": ""}], "summary": "b"}, {"text": "b"}),
        ({"body": {"#text": "a"}, "summary": "b"}, {"text": "b"}),
        ({"body": {"#text": "a"}}, {"text": {"#text": "a"}}),
        ({"created": "yesterday", "updated": 0}, {"published_at": EPOCH}),
        ({"created": "yesterday", "updated": "then"}, {"published_at": "yesterday"}),
    ],
)
def test_what_does_not_fit_is_taken_if_nothing_else_is_there(
    row: object, said: dict[str, object]
) -> None:
    mapping = {"text": "body|summary", "published_at": "created|updated"}

    assert fields(row, fields=mapping) == said


def test_a_constant_and_a_field_that_is_left_out() -> None:
    mapping = {"source": "feed|=desk", "author": "-"}

    assert fields({"text": "a", "author": "Ada"}, fields=mapping) == {"text": "a", "source": "desk"}
    assert fields({"feed": "wire"}, fields=mapping) == {"source": "wire"}


def test_source_and_language_of_a_topic_are_for_documents_that_name_none() -> None:
    said = fields({"text": "a", "source": "wire"}, source="desk", lang="zh")

    assert said == {"text": "a", "source": "wire", "lang": "zh"}


def test_a_time_without_a_zone_is_of_the_zone_of_the_mapping() -> None:
    found = fields({"published_at": "2026-11-25 13:44"}, timezone="America/New_York")

    assert found["published_at"] == datetime(2026, 11, 25, 18, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"data": [{"text": "a"}, {"text": "b"}]}, [{"text": "a"}, {"text": "b"}]),
        ({"data": {"text": "a"}}, [{"text": "a"}]),
        ({"text": "a"}, [{"text": "a"}]),
        ([{"text": "a"}, {"data": [{"text": "b"}]}, 7], [{"text": "a"}, {"text": "b"}, 7]),
        ([[{"text": "a"}]], [[{"text": "a"}]]),
        ({"data": []}, []),
    ],
)
def test_records_are_at_their_path_or_the_value_itself(value: object, rows: object) -> None:
    assert Mapper(FieldMapping(records="data|items")).rows(value) == rows


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        (FieldMapping(fields={"titel": "x"}), "a document has no field 'titel'; it has text, id"),
        (FieldMapping(fields={"text": "a..b"}), "a path is names"),
        (FieldMapping(timezone="Mars"), "a time zone is a name"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(mapping: FieldMapping, rule: str) -> None:
    with pytest.raises(InvalidMapping, match=rule):
        Mapper(mapping)


def test_what_a_topic_says_itself_goes_before_the_shape_it_uses() -> None:
    base = FieldMapping(fields={"text": "body", "id": "uid"}, records="data")

    both = merged(base, FieldMapping(fields={"text": "content"}, lang="en"))

    assert both == FieldMapping(fields={"text": "content", "id": "uid"}, records="data", lang="en")
