"""A format is added in one place, and worker and replay read it."""

from datetime import UTC, datetime

import pytest

from schemas import InvalidRecord
from stream import decoders
from stream.decoders import Formats
from stream.decoders.content import Content
from stream.records import RawRecord
from stream.scoring.parsing import ParsedDocument, parse_record
from stream.settings import load

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


class PipeDecoder:
    """`~time|text`."""

    name = "pipes"

    def accepts(self, content: Content) -> bool:
        return content.starts_with(b"~")

    def decode(self, content: Content) -> Content:
        time, bar, text = content.value[1:].decode().partition("|")
        if text == "broken":
            raise ZeroDivisionError
        if not bar:
            raise InvalidRecord("a value must have a bar")
        return content.holding({"published_at": time, "text": text})


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> Formats:
    known = decoders.all_decoders
    monkeypatch.setattr(decoders, "all_decoders", lambda *given: [PipeDecoder(), *known(*given)])
    return Formats()


def read(value: bytes, formats: Formats) -> ParsedDocument:
    record = RawRecord(
        topic="wires", partition=0, offset=1, timestamp=0, key=None, value=value, headers=[]
    )
    return parse_record(record, load(), NOON, formats=formats)


def test_a_worker_reads_a_registered_format(formats: Formats) -> None:
    parsed = read(b"~2026-03-17T12:00:00Z|Acme warns", formats)

    assert (parsed.document.text, parsed.published_at) == ("Acme warns", NOON)


def test_what_no_other_decoder_accepts_is_json(formats: Formats) -> None:
    assert formats.decode(b'{"text": "~"}').value == {"text": "~"}


def test_a_value_that_breaks_its_format_states_the_rule(formats: Formats) -> None:
    with pytest.raises(InvalidRecord, match="must have a bar"):
        read(b"~no", formats)


def test_whatever_a_decoder_raises_is_a_broken_rule_of_that_record(formats: Formats) -> None:
    with pytest.raises(InvalidRecord, match="not pipes: ZeroDivisionError"):
        read(b"~|broken", formats)
