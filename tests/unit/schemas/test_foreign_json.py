"""What is no standard JSON costs no document, whatever it is."""

import json
from typing import Any

import orjson
import pytest

from schemas import InvalidRecord
from schemas.foreign_json import parse_foreign


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"score": float("nan"), "text": "Orvane"}, {"score": None, "text": "Orvane"}),
        ([float("inf"), [float("-inf")]], [None, [None]]),
        ({"text": "cut \ud83d"}, {"text": "cut \ufffd"}),
        ({"\udc00": "😀\ud83d"}, {"\ufffd": "😀\ufffd"}),
        ([float("nan"), r"\ud83d", "NaN", True, 10**30], [None, r"\ud83d", "NaN", True, 1e30]),
    ],
)
def test_what_python_writes_is_read(written: Any, read: Any) -> None:
    found = parse_foreign(json.dumps(written).encode())

    assert found == read
    assert orjson.dumps(found)


@pytest.mark.parametrize(
    "rest",
    [b"tru]", b'"\xff"]', b"9" * 400 + b"]", b"9" * 5_000 + b"]", b"[" * 100_000, b""],
    ids=["word", "not UTF-8", "400 digits", "5,000 digits", "too deep", "cut off"],
)
def test_what_is_wrong_besides_is_refused(rest: bytes) -> None:
    with pytest.raises(InvalidRecord, match="not JSON in UTF-8"):
        parse_foreign(b"[NaN, " + rest)
