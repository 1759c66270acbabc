"""Mappings proposed for records that nobody has described."""

from typing import Any

import pytest

from sources.mapping.mapper import Mapper
from sources.mapping.proposal import documents, propose

CHINESE = {
    "标题": "甲公司股价下跌",
    "正文": "甲公司股价大跌百分之十。",
    "时间": "2026-11-25 10:00",
    "编号": 7,
}
NESTED = {
    "items": [
        {
            "head": {"headline": "Orvane falls"},
            "payload": {"body": "Shares of Orvane fell by a tenth on Tuesday."},
            "meta": {"ts": 1795632268, "tickers": ["ORV", "LTGB"]},
        }
    ]
}
UNNAMED = {"label": "negative", "blurb": "Orvane falls by ten percent", "nr": 3}
OURS = {"text": "Orvane falls", "source": {"id": 1}, "published_at": "2026-11-25T10:00:00Z"}


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (CHINESE, {"text": "正文", "title": "标题", "published_at": "时间", "id": "编号"}),
        (
            NESTED,
            {"text": "payload.body", "title": "head.headline", "published_at": "meta.ts",
             "entities": "meta.tickers"},
        ),
        (UNNAMED, {"text": "blurb"}),
    ],
)  # fmt: skip
def test_fields_are_known_by_name_and_content(value: Any, fields: dict[str, str]) -> None:
    proposal = propose([value] * 3)

    assert proposal.mapping.fields == fields
    assert proposal.documents == 3


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"post_title": "Orvane", "postContent": "It falls."},
         {"title": "post_title", "text": "postContent"}),
        ({"headline": "Orvane falls", "page": "https://orvane.example/a/long/address"},
         {"text": "headline"}),
        ({"body": "It falls.", "user": {"id": 7}, "user_id": 7, "image_url": "b"},
         {"text": "body"}),
        ({"payload": {"uid": 1, "id": 2, "body": "It falls."}},
         {"text": "payload.body", "id": "payload.id"}),
    ],
)  # fmt: skip
def test_names_are_read_as_they_are_meant(row: Any, fields: dict[str, str]) -> None:
    assert propose([row]).mapping.fields == fields


def test_a_list_without_texts_is_not_taken_for_the_rows() -> None:
    post = {"post": "Orvane to zero", "symbols": [{"symbol": "ORV", "title": "Orvane Inc."}] * 3}
    nested = {"text": "Shares of Orvane fell by a tenth.", "more": {"urls": [{"about": "It " * 9}]}}

    assert propose([post]).mapping.records is None
    assert propose([nested]).mapping.records is None


def test_a_time_is_no_text() -> None:
    rows = [{"caption": "Orvane falls", "seen": "Wed, 25 Nov 2026 18:44:28 GMT"}]

    assert propose(rows).mapping.fields == {"text": "caption"}


def test_a_shape_that_shares_a_name_or_two_is_not_proposed() -> None:
    assert propose([{"body": "It falls.", "symbols": ["ORV"]}]).shape is None


def test_a_field_that_few_records_have_is_found_by_its_name() -> None:
    rows = [{"body": "It falls."}, {"body": "It falls."}, {"body": "It falls.", "symbols": ["ORV"]}]

    assert propose(rows).mapping.fields == {"text": "body", "entities": "symbols"}


def test_numbers_between_texts_are_no_hindrance() -> None:
    rows = [{"blurb": text} for text in ("It falls.", "It rises.", "It falls.", "It rises.", 7)]

    assert propose(rows).mapping.fields == {"text": "blurb"}


def test_rows_inside_of_a_value_are_found() -> None:
    assert propose([NESTED]).mapping.records == "items"
    assert propose([NESTED, {"items": []}, NESTED]).mapping.records == "items"


def test_times_without_a_zone_are_proposed_as_of_one_that_is_said() -> None:
    assert propose([CHINESE]).mapping.timezone == "UTC"
    assert propose([NESTED]).mapping.timezone is None


def test_what_is_of_our_own_form_needs_no_mapping() -> None:
    proposal = propose([{"text": "Orvane falls", "id": "7"}])

    assert (proposal.mapping.fields, proposal.shape) == ({}, None)


def test_a_known_shape_is_named() -> None:
    tweet = {"id_str": "7", "full_text": "Orvane falls", "user": {"screen_name": "ada"}}

    assert propose([tweet]).shape == "twitter-v1"


@pytest.mark.parametrize("value", [CHINESE, NESTED, UNNAMED, OURS])
def test_a_proposal_used_as_it_is_gives_all_documents(value: Any) -> None:
    mapper = Mapper(propose([value]).mapping)

    assert all(documents(mapper, value))


@pytest.mark.parametrize("value", [None, [], {}, "text", 7, {"a": {"b": [[1]]}}, {"": 1, "[": "x"}])
def test_nothing_is_proposed_for_what_holds_no_text(value: Any) -> None:
    assert propose([value]).documents in (0, 1)
