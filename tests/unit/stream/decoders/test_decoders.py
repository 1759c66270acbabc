"""A format is added in one place, and worker, feed and replay read it."""

from datetime import UTC, datetime

import pytest

from schemas import InvalidRecord
from schemas.deadletter import Headers
from stream import decoders
from stream.clients.replay.records import partition_hash
from stream.decoders import decode_value
from stream.records import RawRecord
from stream.scoring.parsing import parse_record
from stream.settings import load

VALUE = b"~2026-03-17T12:00:00Z|Acme warns"
NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


class PipeDecoder:
    """`~time|text`."""

    name = "pipes"

    def accepts(self, value: bytes, headers: Headers) -> bool:
        return value.startswith(b"~")

    def decode(self, value: bytes) -> dict[str, str]:
        time, bar, text = value[1:].decode().partition("|")
        if text == "broken":
            raise ZeroDivisionError
        if not bar:
            raise InvalidRecord("a value must have a bar")
        return {"published_at": time, "text": text}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "DECODERS", (PipeDecoder(), *decoders.DECODERS))


def record(value: bytes) -> RawRecord:
    return RawRecord(
        topic="wires", partition=0, offset=1, timestamp=0, key=None, value=value, headers=[]
    )


def test_a_worker_reads_a_registered_format() -> None:
    parsed = parse_record(record(VALUE), load(), NOON)

    assert (parsed.document.text, parsed.published_at) == ("Acme warns", NOON)


def test_a_replay_reads_a_registered_format() -> None:
    assert partition_hash(VALUE, ()) == partition_hash(b'{"text": "Acme warns"}', ())


def test_what_no_other_decoder_accepts_is_json() -> None:
    assert decode_value(b'{"text": "~"}') == {"text": "~"}


def test_a_value_that_breaks_its_format_states_the_rule() -> None:
    with pytest.raises(InvalidRecord, match="must have a bar"):
        parse_record(record(b"~no"), load(), NOON)


def test_whatever_a_decoder_raises_is_a_broken_rule_of_that_record() -> None:
    with pytest.raises(InvalidRecord, match="not pipes: ZeroDivisionError"):
        parse_record(record(b"~|broken"), load(), NOON)
