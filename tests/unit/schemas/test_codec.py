from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Document, InvalidRecord, ScoredDocument, Sentiment, decode, encode
from schemas.codec import shown
from tests.records import RECORDS, SCORED


def kind_of(record: msgspec.Struct) -> str:
    return type(record).__name__


# What comes back.


@pytest.mark.parametrize("record", RECORDS, ids=kind_of)
def test_record_round_trips(record: msgspec.Struct) -> None:
    assert decode(encode(record), type(record)) == record


@given(st.text(min_size=1))
def test_any_text_round_trips(text: str) -> None:
    assert decode(encode(Document(text)), Document).text == text


def test_only_text_is_needed() -> None:
    assert decode(b'{"text": "Acme warns"}', Document) == Document("Acme warns")


def test_time_with_another_zone_is_written_in_utc() -> None:
    document = decode(b'{"text":"a","published_at":"2026-03-17T20:00:00+08:00"}', Document)
    assert orjson.loads(encode(document))["published_at"] == "2026-03-17T12:00:00.000Z"


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_time_that_utc_has_not_is_written_as_the_nearest(time: str, written: str) -> None:
    document = decode(f'{{"text":"a","published_at":"{time}"}}'.encode(), Document)

    assert f'"published_at":"{written}"'.encode() in encode(document)


def test_absent_fields_are_left_out() -> None:
    assert encode(Document("a")) == b'{"text":"a"}'


def test_reader_of_scores_ignores_fields_that_a_later_version_adds() -> None:
    value = orjson.loads(encode(SCORED)) | {"later": 1}
    assert decode(orjson.dumps(value), ScoredDocument) == SCORED


# What is refused.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"Acme warns",
        b'{"text": "cut o',
        b'{"text": "\xff\xfe"}',
        '{"text": "Gewinnwarnung für Müller"}'.encode("latin-1"),
        rb'{"text": "\ud800"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": NaN}',
        b'{"text": "a"} {"text": "b"}',
        b"[" * 2_000,
    ],
    ids=[
        "empty",
        "blank",
        "not JSON",
        "cut off",
        "not UTF-8",
        "Latin-1",
        "escaped lone surrogate",
        "encoded lone surrogate",
        "not a number",
        "two values",
        "too deep",
    ],
)
def test_bytes_that_hold_no_json_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidRecord, match="not JSON in UTF-8"):
        decode(data, Document)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "missing required field `text`"),
        ({"text": None}, "Expected `str`, got `null`"),
        ({"text": 7}, "Expected `str`, got `int`"),
        ({"text": ""}, "length >= 1"),
        ({"text": "a" * 1_000_000}, "length <= 100000"),
        ({"text": "a", "id": 7}, r"`str \| null`, got `int` - at `\$.id`"),
        ({"text": "a", "id": ""}, "length >= 1"),
        ({"text": "a", "entities": "acme"}, r"`array \| null`, got `str`"),
        ({"text": "a", "entities": [1]}, r"\$.entities\[0\]"),
        ({"text": "a", "mood": "grim"}, "unknown field `mood`"),
        ({"text": "a", "published_at": "2026-03-17T12:00:00"}, "timezone"),
        ({"text": "a", "published_at": "yesterday"}, "RFC3339"),
        ({"text": "a", "published_at": 1_773_748_800}, r"\$.published_at"),
    ],
)
def test_record_that_breaks_a_rule_is_refused(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidRecord, match=rule):
        decode(orjson.dumps(fields), Document)


@pytest.mark.parametrize("data", [b"null", b"7", b'"text"', b"[]", b"true"])
def test_value_that_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRecord, match="Expected `object`"):
        decode(data, Document)


def test_message_gives_the_value_cut_short() -> None:
    with pytest.raises(InvalidRecord) as caught:
        decode(b'{"text": "%s"}' % (b"a" * 1_000_000), Document)
    assert "aaa" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [b"\n" * 10_000, "\n" * 10_000])
def test_shown_says_how_long_the_whole_is(value: bytes | str) -> None:
    assert "(10000 " in shown(value)
    assert len(shown(value)) < 110


def test_shown_escapes_what_a_terminal_would_obey() -> None:
    assert "\x1b" not in shown("\x1b[2J")


@pytest.mark.parametrize("negative", [-0.1, 1.1, "0.5"])
def test_probability_lies_between_0_and_1(negative: object) -> None:
    value = {"label": "negative", "negative": negative, "neutral": 0.0, "positive": 0.0}
    with pytest.raises(InvalidRecord, match="negative"):
        decode(orjson.dumps(value), Sentiment)


def test_label_is_one_of_three() -> None:
    value = {"label": "bearish", "negative": 1.0, "neutral": 0.0, "positive": 0.0}
    with pytest.raises(InvalidRecord, match="'bearish'"):
        decode(orjson.dumps(value), Sentiment)


def test_value_nested_too_deep_to_be_shown_is_refused_all_the_same() -> None:
    with pytest.raises(InvalidRecord, match="list that is nested too deep"):
        decode(b"[" * 1_000 + b"]" * 1_000, Document)
