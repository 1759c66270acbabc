from datetime import UTC, datetime, timedelta

import msgspec
import orjson
import pytest

from schemas import MAX_TEXT, InvalidRecord
from schemas.deadletter import Headers
from sources.mapping.mapper import FieldMapping, Mapper
from stream.records import AS_DOCUMENT, RawRecord
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
    "not UTF-8": (b'{"text": "\xff"}', "not JSON in UTF-8"),
    "not JSON": (b"Acme falls", "not JSON"),
    "no object": (b'["Acme falls"]', "must be an object"),
    "empty": (b"", "not JSON"),
    "no text": (b"{}", "neither a text nor a title in {}"),
    "text that is empty": (b'{"text": ""}', "neither a text nor a title"),
    "text of white space": (b'{"text": " \\n\\t "}', "neither a text nor a title"),
    "text that was taken down": (b'{"text": "[removed]"}', "neither a text nor a title"),
    "text of nothing but a link": (b'{"text": "https://t.co/a1"}', "more than white space"),
    "half a surrogate pair in UTF-8": (b'{"text": "a\xed\xa0\xbd"}', "not JSON"),
    "NUL": (b'{"text": "a\\u0000b"}', "no NUL"),
    "a text that is a number": (b'{"text": 5}', "Expected `str`"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_is_refused_with_its_rule(case: str) -> None:
    value, rule = BAD[case]

    with pytest.raises(InvalidRecord, match=rule.replace("(", r"\(")) as caught:
        parse_record(record(value), load(), NOW)

    assert len(str(caught.value)) < 500


UNBELIEVED_TIMES = {
    "2026-03-17T08:00:00": "has no time zone",
    "2026-03-17T08:00:00 IST": "may mean several",
    "2026-03-17T13:00:01Z": "at most 3600 s ahead",
    "9999-12-31T23:59:59-10:00": "left out",
    "0001-01-01T00:00:00+10:00": "left out",
    "1969-12-31T23:59:59Z": "not be before 1970",
    "yesterday": "a time is like",
}


@pytest.mark.parametrize("time", UNBELIEVED_TIMES)
def test_a_time_that_is_not_believed_is_left_out_and_noted(time: str) -> None:
    parsed = read(text="a", published_at=time)

    assert parsed.published_at == SENT
    assert UNBELIEVED_TIMES[time] in " ".join(parsed.notes)


def test_a_text_that_is_too_long_is_cut_and_noted() -> None:
    parsed = read(text="a" * 1_000_000)

    assert len(parsed.document.text) == MAX_TEXT
    assert parsed.notes == ["text: cut to 100,000 of 1,000,000 characters"]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_know_costs_no_document(number: str) -> None:
    raw = record(b'{"id":"a","text":"Orvane falls","score":%s}' % number.encode())

    parsed = parse_record(raw, load(), NOW)

    assert (parsed.id, parsed.document.text, parsed.notes) == ("a", "Orvane falls", [])


def test_half_an_emoji_is_replaced_and_noted() -> None:
    raw = record(rb'{"title":"Orvane \ud83d\ude00","text":"Orvane falls \ud83d"}')

    parsed = parse_record(raw, load(), NOW)

    assert (parsed.document.title, parsed.document.text) == ("Orvane 😀", "Orvane falls \ufffd")
    assert parsed.notes == ["text: U+FFFD stands for what could not be read"]


@pytest.mark.parametrize(
    "entities", ["[" * 100_000 + "]", r'["\ud83d"]'], ids=["deep", "half a pair"]
)
def test_a_list_in_a_text_takes_no_worker_along(entities: str) -> None:
    parsed = read(text="Orvane falls", entities=entities)

    assert orjson.dumps(parsed.document.entities)


def test_a_title_is_enough() -> None:
    assert read(title="Acme falls").content == "Acme falls"
    assert read(title="Acme falls", text="https://t.co/a1").document.title == "Acme falls"


def test_fields_of_others_are_no_concern_of_ours() -> None:
    parsed = read(text="a", titel="b")

    assert (parsed.document.text, parsed.notes) == ("a", [])


def test_fields_of_others_can_be_refused() -> None:
    raw = record(b'{"text": "a", "titel": "b"}')

    with pytest.raises(InvalidRecord, match="unknown field `titel`"):
        parse_record(raw, load(unknown_fields="reject"), NOW)


def test_a_topic_of_another_shape_is_read_by_its_mapper() -> None:
    mappers = {"news.raw.v1": Mapper(FieldMapping(fields={"text": "payload.body"}))}
    raw = record(b'{"payload": {"body": "Acme falls"}}')

    assert parse_record(raw, load(), NOW, mappers).document.text == "Acme falls"


def test_an_event_is_mapped_and_says_what_is_lacking() -> None:
    mappers = {"news.raw.v1": Mapper(FieldMapping(fields={"text": "payload.body"}))}
    event = b'{"specversion": "1.0", "type": "t", "source": "/wire", "id": "e-1", "data": %s}'
    raw = record(event % b'{"payload": {"body": "Acme falls"}, "source": "desk"}')

    parsed = parse_record(raw, load(), NOW, mappers)

    assert (parsed.id, parsed.source, parsed.document.text) == ("e-1", "desk", "Acme falls")


def test_a_document_of_our_own_form_is_not_mapped() -> None:
    mappers = {"news.raw.v1": Mapper(FieldMapping(fields={"text": "payload.body"}))}
    raw = record(b'{"text": "Acme falls"}', AS_DOCUMENT)

    assert parse_record(raw, load(), NOW, mappers).document.text == "Acme falls"


def test_a_record_of_several_documents_says_so() -> None:
    mappers = {"news.raw.v1": Mapper(FieldMapping(records="data"))}
    raw = record(b'{"data": [{"text": "a"}, {"text": "b"}]}')

    with pytest.raises(InvalidRecord, match="must hold one document; this one holds 2"):
        parse_record(raw, load(), NOW, mappers)
