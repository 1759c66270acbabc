from datetime import UTC, datetime, timedelta

import msgspec
import orjson
import pytest

from schemas import MAX_TEXT, InvalidRecord
from schemas.deadletter import Headers
from stream.records import RawRecord
from stream.scoring.parsing import ParsedDocument, parse_record
from stream.settings import load

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
SENT = datetime(2026, 3, 17, 11, 59, 58, tzinfo=UTC)
DAY = timedelta(days=1)


def record(value: bytes | None, headers: Headers | None = None) -> RawRecord:
    return RawRecord(
        topic="news.raw.v1",
        partition=2,
        offset=41,
        timestamp=int(SENT.timestamp() * 1000),
        key=None,
        value=value,
        headers=headers or [],
    )


def read(headers: Headers | None = None, /, **fields: object) -> ParsedDocument:
    return parse_record(record(orjson.dumps(fields), headers), load(), NOW)


def test_what_is_missing_is_filled_in_from_kafka() -> None:
    received = read(text="Acme opens a plant")

    assert (received.id, received.published_at, received.source) == (
        "news.raw.v1/2/41",
        SENT,
        "news.raw.v1",
    )


def test_a_replay_derives_the_same_id_and_source() -> None:
    own = load(namespace="replay-1")
    raw = record(b'{"text": "Acme opens a plant"}')
    there = RawRecord(
        topic="replay-1.news.raw.v1",
        partition=raw.partition,
        offset=raw.offset,
        timestamp=raw.timestamp,
        key=None,
        value=raw.value,
        headers=[],
    )

    live, replayed = parse_record(raw, load(), NOW), parse_record(there, own, NOW)

    assert (live.id, live.source) == (replayed.id, replayed.source)


def test_cloud_events_headers_fill_what_the_body_lacks() -> None:
    headers = [("ce_id", b"e-1"), ("ce_source", b"/wire"), ("ce_time", b"2026-03-17T08:00:00Z")]

    received = read(headers, text="Acme opens a plant", source="desk")

    assert (received.id, received.source) == ("e-1", "desk")
    assert received.published_at == datetime(2026, 3, 17, 8, tzinfo=UTC)


def test_headers_without_a_value_fill_nothing() -> None:
    assert read([("ce_id", None), ("trace", None)], text="a").id == "news.raw.v1/2/41"


def stamped(time: datetime) -> RawRecord:
    return msgspec.structs.replace(
        record(orjson.dumps({"text": "a", "published_at": SENT})),
        timestamp=round(time.timestamp() * 1000),
    )


def test_document_arrived_when_kafka_says() -> None:
    parsed = parse_record(stamped(SENT + timedelta(milliseconds=250)), load(), NOW)

    assert parsed.arrived_at == SENT + timedelta(milliseconds=250)
    assert parsed.published_at == SENT


def test_timestamp_ahead_of_the_clock_is_now() -> None:
    assert parse_record(stamped(NOW + timedelta(hours=1)), load(), NOW).arrived_at == NOW


@pytest.mark.parametrize("timestamp", [2**63 - 1, -1, -(2**63)])
def test_timestamp_that_is_no_time_is_now(timestamp: int) -> None:
    raw = msgspec.structs.replace(record(b'{"text": "a"}'), timestamp=timestamp)

    parsed = parse_record(raw, load(), NOW)

    assert (parsed.arrived_at, parsed.published_at) == (NOW, NOW)


@pytest.mark.parametrize(("seconds", "stale"), [(3600, False), (3601, True), (-60, False)])
def test_document_that_is_old_when_it_arrives_is_stale(seconds: int, stale: bool) -> None:
    parsed = parse_record(stamped(SENT + timedelta(seconds=seconds)), load(), NOW + DAY)

    assert parsed.stale is stale


def test_what_a_sender_says_of_the_arrival_is_not_believed() -> None:
    assert read(text="a", arrived_at="2020-01-01T00:00:00Z").arrived_at == SENT


def test_the_title_is_read_before_the_text() -> None:
    assert (
        read(text="It opens in May.", title="Acme plans").content == "Acme plans\nIt opens in May."
    )


BAD = {
    "a tombstone": (None, "tombstone"),
    "not UTF-8": (b'{"text": "\xff"}', "not JSON in UTF-8"),
    "not JSON": (b"Acme falls", "not JSON"),
    "no object": (b'["Acme falls"]', "Expected `object`"),
    "empty": (b"", "not JSON"),
    "no text": (b"{}", "missing required field `text`"),
    "text that is empty": (b'{"text": ""}', "length >= 1"),
    "text of white space": (b'{"text": " \\n\\t "}', "more than white space"),
    "text of nothing but a link": (b'{"text": "https://t.co/a1"}', "more than white space"),
    "1 MB of text": (b'{"text": "%s"}' % (b"a" * 1_000_000), f"length <= {MAX_TEXT}"),
    "half a surrogate pair": (b'{"text": "a\\ud800"}', "not JSON"),
    "NUL": (b'{"text": "a\\u0000b"}', "no NUL"),
    "a time without a zone": (
        b'{"text": "a", "published_at": "2026-03-17T08:00:00"}',
        "timezone",
    ),
    "a time in the future": (
        b'{"text": "a", "published_at": "2026-03-17T13:00:01Z"}',
        "at most 3600 s ahead",
    ),
    "the end of time": (
        b'{"text": "a", "published_at": "9999-12-31T23:59:59-10:00"}',
        "at most 3600 s ahead",
    ),
    "before time began": (
        b'{"text": "a", "published_at": "0001-01-01T00:00:00+10:00"}',
        "not be before 1970",
    ),
    "an unknown field": (b'{"text": "a", "titel": "b"}', "unknown field `titel`"),
    "a text that is a number": (b'{"text": 5}', "Expected `str`"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_is_refused_with_its_rule(case: str) -> None:
    value, rule = BAD[case]

    with pytest.raises(InvalidRecord, match=rule.replace("(", r"\(")) as caught:
        parse_record(record(value), load(), NOW)

    assert len(str(caught.value)) < 500


def test_unknown_fields_can_be_let_pass() -> None:
    raw = record(b'{"text": "a", "titel": "b"}')

    assert parse_record(raw, load(unknown_fields="ignore"), NOW).document.text == "a"
