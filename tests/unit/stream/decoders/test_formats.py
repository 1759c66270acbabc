"""What a record holds, in each format and in one within another."""

import gzip
from base64 import b64encode
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import InvalidRecord
from schemas.deadletter import Headers
from stream.decoders import Formats
from stream.decoders.content import Content, Deletion

DOCUMENT = {"id": "n-1", "text": "Acme opens a plant"}
# The names of tests hold these bytes: a time in them would give each process other tests.
gzipped = partial(gzip.compress, mtime=0)

PLAIN = orjson.dumps(DOCUMENT)
CHANGE = {"op": "u", "before": None, "after": DOCUMENT, "source": {"table": "news"}}
EVENT = {"specversion": "1.0", "type": "news", "source": "/wire", "id": "e-1"}
TEXTS = frozenset({"posts"})


def content(value: object, headers: Headers = (), topic: str = "wires") -> Content:
    data = value if isinstance(value, bytes) else orjson.dumps(value)
    return Formats(TEXTS).decode(data, headers, topic=topic)


def connect(payload: object) -> dict[str, Any]:
    return {"schema": {"type": "struct"}, "payload": payload}


@pytest.mark.parametrize(
    "value",
    [
        DOCUMENT,
        PLAIN.decode(),
        connect(DOCUMENT),
        connect(PLAIN.decode()),
        CHANGE,
        connect(CHANGE),
        {"op": "c", "after": PLAIN.decode()},
        EVENT | {"data": DOCUMENT},
        EVENT | {"data": PLAIN.decode()},
        EVENT | {"data": connect(CHANGE)},
        EVENT | {"data_base64": b64encode(PLAIN).decode()},
        EVENT | {"data_base64": b64encode(gzipped(PLAIN)).decode()},
        gzipped(PLAIN),
        gzipped(gzipped(orjson.dumps(connect(CHANGE)))),
    ],
    ids=lambda value: str(value)[:60],
)
def test_document_is_found_in_its_formats(value: object) -> None:
    assert content(value).value == DOCUMENT


@pytest.mark.parametrize(
    "value", [connect("Acme {falls}"), connect("{Acme} falls"), EVENT | {"data": "Acme falls"}]
)
def test_payload_that_is_a_string_is_a_text(value: dict[str, Any]) -> None:
    payload = value.get("payload") or value["data"]

    assert content(value).value == {"text": payload}


def test_event_says_what_its_data_lacks() -> None:
    event = EVENT | {"time": "2026-03-17T08:00:00Z", "data": {"text": "Acme falls"}, "id": 5}

    assert content(event).defaults == {"source": "/wire", "published_at": "2026-03-17T08:00:00Z"}


def test_event_without_attributes_is_known_by_its_header() -> None:
    headers = [("Content-Type", b"application/cloudevents+json; charset=UTF-8")]

    assert content({"data": DOCUMENT}, headers).value == DOCUMENT


def test_headers_of_an_event_say_what_its_value_lacks() -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"e-1"), ("ce_source", None)]

    found = content(gzipped(PLAIN), headers)

    assert (found.value, found.defaults) == (DOCUMENT, {"id": "e-1"})


@pytest.mark.parametrize("text", ["Acme falls", '{"text": "cut', "2026", "涨停"])
def test_text_is_a_document_where_the_setting_says_so(text: str) -> None:
    assert content(text.encode(), topic="posts").value == {"text": text}


def test_object_stays_one_among_texts() -> None:
    assert content(PLAIN, topic="posts").value == DOCUMENT


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b"Acme falls", "not JSON"),
        (b'{"text": "cut', "not JSON"),
        (gzipped(PLAIN)[:-3], "gzip must be whole"),
        (gzipped(PLAIN) + b"!", "nothing may follow gzip; 1 bytes do so"),
        (b"\x1f\x8b!!", "not gzip: error"),
        (EVENT, "must have `data`"),
        (EVENT | {"data_base64": "?"}, "must be Base64; it is '\\?'"),
        (EVENT | {"data_base64": [1]}, "must be Base64"),
        (b"\x00\x00\x00\x00\x07\x0ctext", "Confluent.*schema id 7.*set PETREL_SCHEMA_REGISTRY"),
        (b"Obj\x01\x04", "must not be an Avro container file"),
        (b"\xc3\x01\x00", "must not be Avro's single-object encoding"),
        (b"\x03\x00" + bytes(16), "must not be the framing of AWS Glue"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_broken_format_states_its_rule(value: object, rule: str) -> None:
    with pytest.raises(InvalidRecord, match=rule):
        content(value)


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="plain text must be UTF-8"):
        content("Société".encode("latin-1"), topic="posts")


def test_bomb_is_not_unpacked() -> None:
    with pytest.raises(InvalidRecord, match="at most 4194304 bytes"):
        content(gzipped(bytes(64 * 1024 * 1024)))


def test_formats_within_formats_have_an_end() -> None:
    value = PLAIN
    for _ in range(10):
        value = gzipped(value)

    with pytest.raises(InvalidRecord, match="at most 9 formats"):
        content(value)


def test_tombstone_asks_for_the_deletion_of_its_key() -> None:
    with pytest.raises(Deletion) as caught:
        Formats().decode(None, key=b"n-1")

    assert (caught.value.row, caught.value.key) == ({}, b"n-1")


@pytest.mark.parametrize(("before", "row"), [({"id": 5}, {"id": 5}), ({}, {}), (None, {})])
@pytest.mark.parametrize("wrapped", [False, True])
def test_row_that_is_gone_asks_for_its_deletion(
    before: object, row: dict[str, object], wrapped: bool
) -> None:
    change = {"op": "d", "before": before, "after": None}

    with pytest.raises(Deletion) as caught:
        Formats().decode(orjson.dumps(connect(change) if wrapped else change), key=b"k")

    assert (caught.value.row, caught.value.key) == (row, b"k")


@given(
    st.sampled_from([b"", b"\x1f\x8b\x08", b"\x00", b"\xc3\x01", b'"{', b'{"op":"d",', b"["]),
    st.binary(),
    st.lists(st.tuples(st.sampled_from(["ce_id", "content-type", "x"]), st.none() | st.binary())),
    st.sampled_from(["wires", "posts"]),
)
def test_whatever_comes_is_read_or_breaks_a_rule(
    start: bytes, rest: bytes, headers: Headers, topic: str
) -> None:
    for value in (start + rest, gzipped(start + rest)):
        with suppress(InvalidRecord, Deletion):
            content(value, headers, topic)


FIELDS = "op before after id schema payload specversion type source time data data_base64 text"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS.split()), inner)
    ),
)


@given(JSON)
def test_whatever_object_comes_is_read_or_breaks_a_rule(value: object) -> None:
    with suppress(InvalidRecord, Deletion):
        content(value)
