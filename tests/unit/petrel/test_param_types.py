from datetime import UTC, datetime, timedelta

import click
import pytest

from petrel.console.param_types import (
    DelimiterParam,
    EncodingParam,
    FieldParam,
    OffsetParam,
    SpeedParam,
    TimeParam,
    TopicParam,
)


def test_a_time_has_a_zone() -> None:
    assert TimeParam()("2026-03-17T20:00:00+08:00") == datetime(2026, 3, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "span"),
    [("90s", timedelta(seconds=90)), ("30m", timedelta(minutes=30)), ("7d", timedelta(days=7))],
)
def test_a_time_may_be_an_age(age: str, span: timedelta) -> None:
    assert abs(datetime.now(UTC) - TimeParam()(age) - span) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "speed"), [("max", None), ("real", 1.0), ("60", 60.0), ("0.5", 0.5)]
)
def test_speeds(text: str, speed: float | None) -> None:
    assert SpeedParam()(text) == speed


def test_an_offset_has_its_partition() -> None:
    assert OffsetParam()("3:17") == (3, 17)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TimeParam(), "yesterday"),
        (TimeParam(), "2026-03-17T12:00:00"),
        (TimeParam(), "9999999d"),
        (TimeParam(), "999999d"),
        (SpeedParam(), "0"),
        (SpeedParam(), "nan"),
        (SpeedParam(), "inf"),
        (SpeedParam(), "fast"),
        (OffsetParam(), "17"),
        (OffsetParam(), "-1:2"),
        (TopicParam(), "a b"),
        (TopicParam(), "a\n"),
        (TopicParam(), ""),
    ],
)
def test_an_invalid_value_is_named(kind: click.ParamType, value: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        kind(value)
    assert repr(value) in caught.value.message


def test_a_field_has_a_place() -> None:
    assert FieldParam()("text=a=b") == ("text", "a=b")
    assert FieldParam()("source==desk") == ("source", "=desk")


@pytest.mark.parametrize("value", ["mood=x", "id", "id=", "=x"])
def test_a_field_that_no_document_has_is_named(value: str) -> None:
    with pytest.raises(click.BadParameter, match=r"form is FIELD=PLACE|a field is one of text, id"):
        FieldParam()(value)


@pytest.mark.parametrize(
    ("text", "delimiter"), [(";", ";"), ("tab", "\t"), (r"\t", "\t"), ("\t", "\t")]
)
def test_a_delimiter_is_one_character(text: str, delimiter: str) -> None:
    assert DelimiterParam()(text) == delimiter


@pytest.mark.parametrize("text", ["", ";;", '"', "\n", "\\"])
def test_what_cannot_be_a_delimiter_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="a delimiter is one character"):
        DelimiterParam()(text)


def test_an_encoding_is_one_that_python_knows() -> None:
    assert EncodingParam()("GBK") == "GBK"
    for wrong in ("klingon", "rot13", "base64", "a\0b"):
        with pytest.raises(click.BadParameter, match="an encoding is one that Python knows"):
            EncodingParam()(wrong)
