"""Records that follow from a seed: plausible ones, hostile ones, and what damage makes of both."""

from random import Random
from typing import Any

import orjson

from stream.records import RawRecord
from tests.fuzz.corpus import HEADERS, KEYS, TIMESTAMPS, VALUES

# What is longer is tried once each: it would make everything else slow.
_MIN_BANDED_HASHES = 2_000

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

_VALUES = [value for value in VALUES.values() if value is None or len(value) < _MIN_BANDED_HASHES]
_HEADERS = [
    headers
    for headers in HEADERS.values()
    if sum(len(v or b"") for _, v in headers) < _MIN_BANDED_HASHES
]
_KEYS = [key for key in KEYS if key is None or len(key) < _MIN_BANDED_HASHES]


def record(chance: Random, topic: str, offset: int) -> RawRecord:
    """One record of partition 0 of `topic`."""
    return RawRecord(
        topic=topic,
        partition=0,
        offset=offset,
        timestamp=chance.choice(TIMESTAMPS) if chance.random() < 0.1 else TIMESTAMPS[0],
        key=chance.choice(_KEYS),
        value=value(chance),
        headers=chance.choice(_HEADERS),
    )


def value(chance: Random) -> bytes | None:
    """A record's value."""
    kind = chance.random()
    if kind < 0.2:
        return chance.choice(_VALUES)
    document = _plausible(chance) if kind < 0.6 else _odd(chance)
    return damaged(chance, orjson.dumps(document))


def damaged(chance: Random, data: bytes) -> bytes:
    """`data` with up to three bytes or pieces changed."""
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 2, 3))):
        at = chance.randint(0, len(data))
        end = chance.choice((at, at + 1, chance.randint(at, len(data))))
        piece = chance.choice((*_PIECES, bytes([chance.randrange(256)]), data[at:end] * 2))
        data = data[:at] + piece + data[end:]
    return data


def _plausible(chance: Random) -> dict[str, Any]:
    text = " ".join(chance.choices(_WORDS, k=chance.randint(1, 12)))
    document: dict[str, Any] = {"text": text}
    if chance.random() < 0.5:
        document["published_at"] = f"2026-03-17T08:{chance.randrange(60):02}:00Z"
    if chance.random() < 0.3:
        document["id"] = f"d{chance.randrange(5)}"
    return document


def _odd(chance: Random) -> dict[str, Any]:
    fields = chance.sample(_FIELDS, k=chance.randint(1, 4))
    return {"text": "Acme holds"} | {field: chance.choice(_SCALARS) for field in fields}
