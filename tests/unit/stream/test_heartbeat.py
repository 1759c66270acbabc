import pytest

from schemas.deadletter import Headers
from stream import heartbeat


def test_carries_its_watermark() -> None:
    assert heartbeat.watermark(None, heartbeat.headers(1_773_705_600_000)) == 1_773_705_600_000


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"{}", heartbeat.headers(1)),
        (None, []),
        (None, [("petrel-heartbeat", b"soon")]),
        (None, [("petrel-heartbeat", "１".encode())]),
        (None, [("petrel-heartbeat", None)]),
        (None, [("petrel-heartbeat", b"9" * 5_000)]),
    ],
    ids=["a document", "a tombstone", "no number", "no ASCII digit", "no value", "no time"],
)
def test_other_records_are_no_heartbeat(value: bytes | None, headers: Headers) -> None:
    assert heartbeat.watermark(value, headers) is None


@pytest.mark.parametrize("begin", [False, True])
def test_heartbeat_says_whether_its_source_begins_there(begin: bool) -> None:
    assert heartbeat.is_begin(heartbeat.headers(1, begin=begin)) is begin


def test_heartbeat_says_until_when_a_source_that_ends_was_expected() -> None:
    assert heartbeat.ended(heartbeat.end_headers(1_773_705_600_000)) == 1_773_705_600_000
    assert heartbeat.watermark(None, heartbeat.end_headers(1_773_705_600_000)) == 0
    assert heartbeat.ended(heartbeat.headers(1)) is None
