"""Records that follow from a seed: plausible ones, hostile ones, and what damage makes of both."""

from random import Random
from typing import Any

import orjson

from stream.records import RawRecord
from tests.fuzz.corpus import HEADERS, KEYS, TIMESTAMPS, VALUES

# What is longer is tried once each: it would make everything else slow.
_SHORT_BYTES = 2_000

_PIECES = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", "公".encode(), "🚀".encode(), b"\\ud800", b"\\u0000"),
    *(b'"', b"{", b"[", b"}", b",", b"null", b"-0", b"1e999", b"9" * 40),
    *(b"&#0;", b"https://t.co/a", b"$BLT"),
)
_SCALARS: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 1e308, [], {}, ["acme"], {"a": 1}),
    *("", " ", "a", "Acme falls", "公司亏损", "\u202e", "\x1b[2J"),
    *("2026-03-17T08:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
)
_FIELDS = (
    *("text", "id", "title", "published_at", "source", "lang", "url", "author", "entities"),
    "unknown",
)
_WORDS = (
    *("Acme", "falls", "rises", "poison", "$BLT", "&amp;", "RT @a:", "亏损", "\u200b", "-5%", "'"),
    "👩‍👩‍👧",
)

_VALUES = [value for value in VALUES.values() if value is None or len(value) < _SHORT_BYTES]
_HEADERS = [
    headers for headers in HEADERS.values() if sum(len(v or b"") for _, v in headers) < _SHORT_BYTES
]
_KEYS = [key for key in KEYS if key is None or len(key) < _SHORT_BYTES]


def record(rng: Random, topic: str, offset: int) -> RawRecord:
    """One record of partition 0 of `topic`."""
    return RawRecord(
        topic=topic,
        partition=0,
        offset=offset,
        timestamp=rng.choice(TIMESTAMPS) if rng.random() < 0.1 else TIMESTAMPS[0],
        key=rng.choice(_KEYS),
        value=value(rng),
        headers=rng.choice(_HEADERS),
    )


def value(rng: Random) -> bytes | None:
    """A record's value."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(_VALUES)
    document = _plausible(rng) if kind < 0.6 else _odd(rng)
    return damaged(rng, orjson.dumps(document))


def damaged(rng: Random, data: bytes) -> bytes:
    """`data` with up to three bytes or pieces changed."""
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 3))):
        at = rng.randint(0, len(data))
        end = rng.choice((at, at + 1, rng.randint(at, len(data))))
        piece = rng.choice((*_PIECES, bytes([rng.randrange(256)]), data[at:end] * 2))
        data = data[:at] + piece + data[end:]
    return data


def _plausible(rng: Random) -> dict[str, Any]:
    text = " ".join(rng.choices(_WORDS, k=rng.randint(1, 12)))
    document: dict[str, Any] = {"text": text}
    if rng.random() < 0.5:
        document["published_at"] = f"2026-03-17T08:{rng.randrange(60):02}:00Z"
    if rng.random() < 0.3:
        document["id"] = f"d{rng.randrange(5)}"
    return document


def _odd(rng: Random) -> dict[str, Any]:
    fields = rng.sample(_FIELDS, k=rng.randint(1, 4))
    return {"text": "Acme holds"} | {field: rng.choice(_SCALARS) for field in fields}
