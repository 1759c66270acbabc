"""A document is worth more than its decoration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import InvalidRecord
from schemas.document import MAX_TITLE
from sources.mapping.repair import read_document


def test_a_document_that_keeps_to_its_bounds_is_as_it_came() -> None:
    document, notes = read_document({"text": "Orvane falls", "id": "7", "title": "Markets"})

    assert (document.text, document.id, document.title, notes) == (
        "Orvane falls",
        "7",
        "Markets",
        [],
    )


@pytest.mark.parametrize(
    ("field", "value", "kept", "note"),
    [
        ("title", "t" * 3_000, "t" * MAX_TITLE, "title: cut to 2,000 of 3,000 characters"),
        ("title", "Or\0vane", "Orvane", "title: NUL taken out"),
        ("title", {"a": 1}, None, "title: left out; it must be a text, not {'a': 1}"),
        ("url", "u" * 5_000, None, "url: left out; it must be a text of at most 4,096"),
        ("author", "a" * 300, "a" * 256, "author: cut to 256 of 300 characters"),
        ("id", "i" * 300, None, "id: left out; it must be a text of at most 256"),
        ("lang", "l" * 40, None, "lang: left out"),
        ("source", ["x"], None, "source: left out"),
        ("entities", [str(n) for n in range(300)], [str(n) for n in range(64)], "64 of 300 kept"),
        ("entities", {"a": 1}, None, "entities: left out; it must be a list of texts"),
        ("published_at", "yesterday", None, "published_at: left out; a time is like"),
    ],
)
def test_what_breaks_a_bound_is_cut_or_left_out_and_noted(
    field: str, value: object, kept: object, note: str
) -> None:
    document, notes = read_document({"text": "Orvane falls", field: value})

    assert getattr(document, field) == kept
    assert note in notes[0]


def test_an_integer_is_an_id_without_a_note() -> None:
    document, notes = read_document({"text": "Orvane falls", "id": 7})

    assert (document.id, notes) == ("7", [])


@pytest.mark.parametrize("text", [None, "", "[removed]", "nan"])
def test_a_title_without_a_text_is_the_text(text: str | None) -> None:
    document, _ = read_document({"title": "Orvane falls", "text": text})

    assert (document.title, document.text) == (None, "Orvane falls")


def test_a_title_that_says_the_same_as_the_text_is_read_once() -> None:
    document, _ = read_document({"title": "Orvane falls", "text": "Orvane falls"})

    assert (document.title, document.text) == (None, "Orvane falls")


@pytest.mark.parametrize("fields", [{}, {"text": "[deleted]"}, {"id": "7"}, [], "text", None, 7])
def test_what_has_no_text_is_refused(fields: object) -> None:
    with pytest.raises(InvalidRecord):
        read_document(fields)


def test_a_text_that_is_none_is_refused_whatever_else_there_is() -> None:
    with pytest.raises(InvalidRecord, match="Expected `str`"):
        read_document({"text": {"a": 1}, "title": "Orvane falls"})


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
FIELDS = st.sampled_from(
    ["id", "title", "published_at", "source", "lang", "url", "author", "entities"]
)


@given(st.dictionaries(FIELDS, VALUES))
def test_no_decoration_costs_a_document(fields: dict[str, Any]) -> None:
    assert read_document({**fields, "text": "Orvane falls"}).document.text == "Orvane falls"
