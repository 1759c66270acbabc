import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.files.file_format import FileFormat
from sources.files.lines import Lines
from sources.files.row import RowError
from tests.raw_rows import found

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), min_size=2, max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_what_is_written_as_json_comes_back_equal(
    tmp_path: Path, rows: list[dict[str, Any]], ascii_only: bool, indent: int | None
) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows).encode()
    array = json.dumps(rows, ensure_ascii=ascii_only, indent=indent).encode()
    files = {
        "a.jsonl": lines,
        "a.ndjson.gz": gzip.compress(lines),
        "b.json": lines,
        "c.json": array,
        "c.json.gz": gzip.compress(array),
    }
    for name, content in files.items():
        assert found(tmp_path, name, content).rows == rows


def test_rows_that_are_arrays_have_numbered_columns(tmp_path: Path) -> None:
    assert found(tmp_path, "a.json", '[["亏损", 0]]').rows == [{"0": "亏损", "1": 0}]
    assert found(tmp_path, "b.json", '["亏损", 0]\n["盈利", 1]').rows[1] == {"0": "盈利", "1": 1}


def test_an_object_of_objects_is_a_row_each_with_its_id(tmp_path: Path) -> None:
    read = found(tmp_path, "a.json", '{"n1": {"text": "a"}, "n2": {"text": "b", "id": "own"}}')
    assert read.rows == [{"id": "n1", "text": "a"}, {"id": "own", "text": "b"}]


def test_an_object_of_objects_may_be_longer_than_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.files.json_scanner.MAX_LINE_BYTES", 200_000)
    rows = {f"n{number}": {"text": "x" * 1000} for number in range(1000)}
    read = found(tmp_path, "a.json", json.dumps(rows))
    assert [row["id"] for row in read.rows] == list(rows)


@pytest.mark.parametrize("path", ["data", "result.items"])
def test_rows_are_where_it_is_said(tmp_path: Path, path: str) -> None:
    value: Any = [{"text": "a"}, {"text": "b"}]
    for field in reversed(path.split(".")):
        value = {"took": [1, {"ms": "}"}], field: value, "next": None}
    assert found(tmp_path, "a.json", json.dumps(value), records=path).rows == [
        {"text": "a"},
        {"text": "b"},
    ]


@pytest.mark.parametrize(
    ("content", "options", "rule"),
    [
        ('{"took": 1, "data": [{"text": "a"}]}', {}, "--records FIELD says .*: 'data'"),
        ('{"r": {"items": [{"text": "a"}]}}', {}, "--records FIELD says .*: 'r.items'"),
        ('{"took": 1}', {"records": "data"}, "--records data: there is no 'data', only 'took'"),
        ('{"a": {"b"', {}, "after 0 rows: it ends in the middle of a value"),
        ("{}", {}, "must hold an array of rows"),
        ('[{"a": 1}, {"a"', {}, "after 1 rows: it ends in the middle of a value"),
        ('[{"a": 1}', {}, "after 1 rows: there must be , or ], not its end"),
        ('[{"a": 1}] x', {}, "something follows"),
        ('[{"a": "' + "x" * 17_000_000, {}, "a value must be shorter than"),
    ],
)
def test_json_without_rows_where_they_must_be_says_so(
    tmp_path: Path, content: str, options: dict[str, str], rule: str
) -> None:
    end = found(tmp_path, "a.json", content, **options).end
    with pytest.raises(RowError, match=rule):
        raise RowError(end)


def test_a_wrong_row_of_an_array_is_an_error_and_the_next_is_read(tmp_path: Path) -> None:
    read = found(tmp_path, "a.json", '[{"a": 1}, {"a": tru}, 3, {"a": "]}"}]')
    assert read.rows == [{"a": 1}, {"a": "]}"}]
    assert [error.partition(": ")[0] for error in read.errors] == ["a.json, row 2", "a.json, row 3"]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"text": "a", "likes": NaN}', {"text": "a", "likes": None}),
        ('{"text": "a", "likes": -Infinity}', {"text": "a", "likes": None}),
        ('{"text": "a", "likes": 1e999}', {"text": "a", "likes": None}),
        (r'{"text": "half \ud83d of one"}', {"text": "half \ufffd of one"}),
        (r'{"\ud83d": ["\ud83d\ude00", "\udc00"]}', {"\ufffd": ["😀", "\ufffd"]}),
        ('{"text": "a", "text": "b"}', {"text": "b"}),
    ],
)
def test_what_json_does_not_know_is_read(tmp_path: Path, line: str, row: dict[str, Any]) -> None:
    assert found(tmp_path, "a.jsonl", line).rows == [row]


@pytest.mark.parametrize(
    "line", [b'{"text": ', b'{"text": "\xff"}', b"7", b"{bad}", b"[" * 100_000, b'{"a": "\t"}']
)
def test_a_bad_line_is_an_error_and_the_next_is_read(tmp_path: Path, line: bytes) -> None:
    read = found(tmp_path, "a.jsonl", b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    assert [row["text"] for row in read.rows] == ["a", "b"]
    assert read.errors[0].startswith("a.jsonl, line 2: ")


def test_a_line_may_be_ten_megabytes_long_and_no_longer_than_a_record(tmp_path: Path) -> None:
    lines = [json.dumps({"text": "x" * size}) for size in (10_000_000, 17_000_000, 1)]
    read = found(tmp_path, "a.jsonl", "\n".join(lines))
    assert [len(row["text"]) for row in read.rows] == [10_000_000, 1]
    assert read.errors == ["a.jsonl, line 2: a line must be shorter than 16777216 bytes"]


def test_a_line_without_end_is_reported_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.files.lines.MAX_LINE_BYTES", 10)
    lines = Lines(io.BytesIO(b"a\n" + b"x" * 95 + b"\nb\n"), "posts.txt", FileFormat())
    assert next(lines) == b"a"
    with pytest.raises(RowError, match="line 2: a line must be shorter than 10 bytes"):
        next(lines)
    assert list(lines) == [b"b"]


def test_of_a_line_without_end_no_more_than_the_bound_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sources.files.lines.MAX_LINE_BYTES", 1_000_000)
    lines = Lines(io.BytesIO(b"x" * 10_000_000 + b"\nb\n"), "posts.txt", FileFormat())
    tracemalloc.start()
    with pytest.raises(RowError, match="line 1"):
        next(lines)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_500_000
    assert list(lines) == [b"b"]


def test_many_escapes_are_followed_within_memory(tmp_path: Path) -> None:
    text = "\n" * 4_000_000
    assert found(tmp_path, "a.json", json.dumps([{"text": text}])).rows == [{"text": text}]
