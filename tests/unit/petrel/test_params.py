from datetime import UTC, datetime, timedelta

import click
import pytest

from petrel.console.params import Moment, Place, Speed, TopicName, fields

CONTEXT = click.Context(click.Command("x"))
OPTION = click.Option(["--field"])


def test_a_time_has_a_zone() -> None:
    assert Moment()("2026-03-17T20:00:00+08:00") == datetime(2026, 3, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "span"),
    [("90s", timedelta(seconds=90)), ("30m", timedelta(minutes=30)), ("7d", timedelta(days=7))],
)
def test_a_time_may_be_so_long_ago(ago: str, span: timedelta) -> None:
    assert abs(datetime.now(UTC) - Moment()(ago) - span) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "speed"), [("max", None), ("real", 1.0), ("60", 60.0), ("0.5", 0.5)]
)
def test_speeds(text: str, speed: float | None) -> None:
    assert Speed()(text) == speed


def test_a_place_is_partition_and_offset() -> None:
    assert Place()("3:17") == (3, 17)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Moment(), "yesterday"),
        (Moment(), "2026-03-17T12:00:00"),
        (Moment(), "9999999d"),
        (Moment(), "999999d"),
        (Speed(), "0"),
        (Speed(), "nan"),
        (Speed(), "inf"),
        (Speed(), "fast"),
        (Place(), "17"),
        (Place(), "-1:2"),
        (TopicName(), "a b"),
        (TopicName(), "a\n"),
        (TopicName(), ""),
    ],
)
def test_what_is_no_such_value_is_named(kind: click.ParamType, value: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        kind(value)
    assert repr(value) in caught.value.message


def test_fields_map_to_columns() -> None:
    assert fields(CONTEXT, OPTION, ("id=nr", "text=a=b")) == {"id": "nr", "text": "a=b"}


@pytest.mark.parametrize("value", ["mood=x", "id", "id=", "=x"])
def test_a_field_that_no_document_has_is_named(value: str) -> None:
    with pytest.raises(click.BadParameter, match="a field of text, id"):
        fields(CONTEXT, OPTION, (value,))
