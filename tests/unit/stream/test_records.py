from datetime import UTC, datetime

import pytest

from schemas import DeadLetterHeaders
from schemas.deadletter import Headers
from stream.records import MIN_RECORD_BYTES, Outgoing, RawRecord, dead_letter

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
MEGABYTE = b"m" * 1_000_000


def letter(
    value: bytes | None = b"{",
    key: bytes | None = b"k",
    headers: Headers = (),
    error: str = "not JSON",
) -> Outgoing:
    record = RawRecord(
        topic="news.raw.v1",
        partition=2,
        offset=9,
        timestamp=1,
        key=key,
        value=value,
        headers=headers,
    )
    return dead_letter(record, "decode", ValueError(error), NOW)


def cut(whole: Outgoing, limit: int) -> Outgoing:
    assert whole.cut
    return whole.cut(limit)


def note(record: Outgoing) -> str | None:
    return DeadLetterHeaders.from_kafka(record.headers or ()).cut


def test_a_dead_letter_that_is_cut_keeps_the_head_of_its_value_and_says_so() -> None:
    record = cut(letter(bytes(range(250)) * 4_000), 100_000)

    assert record.value
    assert 99_000 < len(record.value) < 100_000
    assert record.value == (bytes(range(250)) * 4_000)[: len(record.value)]
    assert record.size <= 100_000
    assert note(record) == f"value: the first {len(record.value):,} of 1,000,000 bytes kept"


def test_a_long_key_leaves_room_for_the_value() -> None:
    record = cut(letter(b"{}", key=MEGABYTE), 100_000)

    assert (record.key, record.value) == (b"m" * 1_000, b"{}")
    assert note(record) == "key: the first 1,000 of 1,000,000 bytes kept"


def test_headers_of_a_megabyte_leave_room_for_the_value() -> None:
    headers = [("trace", b"1"), ("blob", MEGABYTE), ("after", b"2")]
    record = cut(letter(b"{}", headers=headers), 100_000)

    assert record.value == b"{}"
    assert [name for name, _ in record.headers or () if "petrel" not in name] == ["trace"]
    assert note(record) == "headers: the first 1 of 3 headers kept"


@pytest.mark.parametrize("value", [None, b"", b"{}", MEGABYTE * 16])
def test_any_dead_letter_can_be_cut_to_the_least_that_a_topic_must_take(
    value: bytes | None,
) -> None:
    headers = [(f"h{number}", b"1") for number in range(100_000)]
    error = "💥" * 1_000_000

    whole = letter(value, MEGABYTE, headers, error)

    assert cut(whole, MIN_RECORD_BYTES).size <= MIN_RECORD_BYTES


def test_a_record_of_neither_key_nor_value_can_be_set_aside() -> None:
    record = letter(None, key=None)

    assert (record.key, record.value) == (b"", None)


def test_an_error_of_a_megabyte_is_told_in_part() -> None:
    why = DeadLetterHeaders.from_kafka(letter(error="e" * 1_000_000).headers or ())

    assert why.error == "e" * 1_000 + "…"
