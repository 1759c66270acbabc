from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError
from msgspec.structs import fields, replace

from schemas import DeadLetterHeaders, Topics, dead_letter_topic
from schemas.deadletter import header_name, original_headers
from schemas.times import from_millis, isoformat, to_millis
from stream.windows.buckets import Bucket, window

NOON = datetime(2026, 3, 17, 12, 2, 5, 250_000, tzinfo=UTC)

LETTER = DeadLetterHeaders(
    topic="news.raw.v1",
    partition=3,
    offset=42,
    stage="decode",
    error="not JSON in UTF-8: 财报 \N{SNOWMAN}",
    failed_at=NOON,
    timestamp=1_773_748_925_250,
)


# Times.


def test_time_is_written_in_utc_with_milliseconds() -> None:
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    assert isoformat(shanghai) == "2026-03-17T12:02:05.250Z"


@given(st.integers(-(10**13), 10**14))
def test_millis_round_trip(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


def test_millis_are_rounded_down() -> None:
    assert to_millis(from_millis(-1) + timedelta(microseconds=999)) == -1


# Names.


def test_topics_are_named_by_domain_data_set_and_version() -> None:
    topics = Topics()
    assert topics.scored == "sentiment.scored.v1"
    assert topics.windows == "sentiment.windows.v1"
    assert topics.alerts == "sentiment.alerts.v1"


def test_replay_has_topics_of_its_own() -> None:
    assert Topics("r7").alerts == "r7.sentiment.alerts.v1"


def test_dead_letters_lie_beside_their_topic() -> None:
    assert dead_letter_topic("news.raw.v1") == "news.raw.v1.dlq"


def test_window_key_is_one_per_window() -> None:
    record = window("entity", "acme", "1h", 1_740_006_000, 1_740_009_600, Bucket())
    assert record.key == "entity:acme|1h|1740009600"


# Dead letter headers.


def test_dead_letter_headers_round_trip() -> None:
    assert DeadLetterHeaders.from_kafka(LETTER.to_kafka()) == LETTER


def test_a_whole_dead_letter_has_no_header_on_what_was_cut() -> None:
    assert header_name("cut") not in dict(LETTER.to_kafka())


def test_dead_letter_headers_are_named_after_their_fields() -> None:
    names = [name for name, _ in replace(LETTER, cut="value").to_kafka()]
    assert names == [header_name(field) for field in LETTER.__struct_fields__]
    assert "petrel-dlq-failed-at" in names


@given(st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9))))
def test_original_headers_come_back_byte_for_byte(own: list[tuple[str, bytes]]) -> None:
    assert original_headers([*own, *LETTER.to_kafka()]) == own


def test_headers_of_the_record_itself_do_not_disturb() -> None:
    headers = [("trace", b"\xff"), *LETTER.to_kafka(), ("petrel", b"1")]
    assert DeadLetterHeaders.from_kafka(headers) == LETTER


def test_header_without_a_value_is_as_good_as_none() -> None:
    with pytest.raises(ValidationError, match="missing required field"):
        DeadLetterHeaders.from_kafka([("petrel-dlq-topic", None)])


def test_error_with_a_lone_surrogate_can_be_sent() -> None:
    letter = DeadLetterHeaders(
        topic="t",
        partition=0,
        offset=0,
        timestamp=0,
        stage="decode",
        error="\ud800",
        failed_at=NOON,
    )
    assert DeadLetterHeaders.from_kafka(letter.to_kafka()).error == "?"


@pytest.mark.parametrize("field", [one.name for one in fields(LETTER) if one.required])
def test_missing_header_is_named(field: str) -> None:
    headers = [(name, value) for name, value in LETTER.to_kafka() if name != header_name(field)]
    with pytest.raises(ValidationError, match=field):
        DeadLetterHeaders.from_kafka(headers)


def test_offset_must_be_a_number() -> None:
    with pytest.raises(ValidationError, match="offset"):
        DeadLetterHeaders.from_kafka([*LETTER.to_kafka(), ("petrel-dlq-offset", b"many")])
