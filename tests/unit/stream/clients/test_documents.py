import logging
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.files.row import FileError, RowError
from sources.mapping.source_mapping import SourceMapping
from stream.clients.files.documents import read_documents

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def read(path: Path, **columns: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of `path`, and the messages about those that cannot be read."""
    errors: list[RowError] = []
    rows = list(read_documents(path, SourceMapping(fields=columns), None, errors.append))
    return rows, [str(error) for error in errors]


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    return tmp_path / "posts.jsonl"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "posts.csv"


def test_jsonl_gives_the_fields_of_documents(jsonl: Path) -> None:
    jsonl.write_text('{"text": "a", "id": "1", "lang": null}\n\n{"text": "二"}\n', "utf-8")
    assert read(jsonl) == ([{"text": "a", "id": "1"}, {"text": "二"}], [])


def test_columns_name_where_a_field_is(jsonl: Path) -> None:
    jsonl.write_text('{"body": "a", "ts": "2026-01-01T00:00:00Z", "text": "b"}')
    rows, _ = read(jsonl, text="body", published_at="ts")
    assert rows == [{"text": "a", "published_at": "2026-01-01T00:00:00.000Z"}]


def test_the_log_says_once_which_columns_are_ignored(
    jsonl: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    jsonl.write_text('{"text": "a", "likes": 1, "bot": true}\n' * 3)
    read(jsonl)
    assert caplog.messages == ["posts.jsonl: columns ignored: bot, likes"]


def test_a_number_is_an_id(jsonl: Path) -> None:
    jsonl.write_text('{"text": "a", "id": 418169902613008384}')
    assert read(jsonl)[0] == [{"text": "a", "id": "418169902613008384"}]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"text": ', "not JSON in UTF-8"),
        (b'{"text": "\xff"}', "not JSON in UTF-8"),
        (b"[1]", "there is neither a text nor a title"),
        (b'{"body": "a"}', "there is neither a text nor a title"),
        (b"[" * 100_000, "not JSON in UTF-8"),
        (b'{"text":"a","url":' + b"[" * 300 + b"]" * 300 + b"}", "a field must be text"),
    ],
)
def test_bad_json_is_reported_and_the_next_row_is_read(jsonl: Path, line: bytes, rule: str) -> None:
    jsonl.write_bytes(b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    rows, (error,) = read(jsonl)
    assert [row["text"] for row in rows] == ["a", "b"]
    with pytest.raises(RowError, match=f"posts.jsonl, line 2: {rule}"):
        raise RowError(error)


def test_a_bad_row_ends_it_without_on_error(jsonl: Path) -> None:
    jsonl.write_text("no\n")
    with pytest.raises(RowError, match="line 1"):
        list(read_documents(jsonl, SourceMapping()))


def test_what_has_a_title_only_is_a_document(jsonl: Path) -> None:
    jsonl.write_text('{"text": null, "title": "a"}')
    assert read(jsonl) == ([{"title": "a"}], [])


def test_a_field_that_was_asked_for_and_is_nowhere_is_an_error(jsonl: Path) -> None:
    jsonl.write_text('{"text": "a"}\n{"text": "b"}\n')
    with pytest.raises(FileError, match=r"posts.jsonl: no row has 'titel', where --field says"):
        read(jsonl, title="titel")


def test_rows_may_lie_in_a_row(jsonl: Path) -> None:
    jsonl.write_text('{"data": [{"text": "a"}, {"text": "b"}], "meta": {}}\n')
    rows = list(read_documents(jsonl, SourceMapping(use="twitter-v2")))
    assert rows == [{"text": "a", "source": "twitter"}, {"text": "b", "source": "twitter"}]


def test_a_row_of_a_page_that_is_none_costs_no_other(jsonl: Path) -> None:
    jsonl.write_text('[{"text": "a"}, {"text": "[removed]"}, {"text": "b"}]\n')
    rows, (error,) = read(jsonl)
    assert rows == [{"text": "a"}, {"text": "b"}]
    assert error.startswith("posts.jsonl, line 1: there is neither a text nor a title")


def test_a_mapping_that_cannot_be_used_is_refused(jsonl: Path) -> None:
    jsonl.write_text('{"text": "a"}')
    with pytest.raises(FileError, match="there is no mapping 'telegram'; there are twitter-v1"):
        list(read_documents(jsonl, SourceMapping(use="telegram")))


def test_csv_cells_span_lines(table: Path) -> None:
    table.write_text('id,text\n1,"two\n\nlines, ""quoted"""\n\n2,b\n')
    rows, _ = read(table)
    assert rows == [{"id": "1", "text": 'two\n\nlines, "quoted"'}, {"id": "2", "text": "b"}]


def test_a_dump_of_pandas_is_read_without_its_index(table: Path) -> None:
    table.write_text(",text,score\n0,Orvane falls,NaN\n1,Orvane rises,0.5\n")
    assert read(table) == ([{"text": "Orvane falls"}, {"text": "Orvane rises"}], [])


def test_an_empty_cell_is_an_absent_field(table: Path) -> None:
    table.write_text("id,text,entities\n,a,x;y\n")
    assert read(table)[0] == [{"text": "a", "entities": ["x", "y"]}]


def test_a_row_without_a_text_is_reported(table: Path) -> None:
    table.write_text("id,text\n1,\n2,[removed]\n3,a\n")
    rows, errors = read(table)
    assert [row["id"] for row in rows] == ["3"]
    assert [error.partition(" in ")[0] for error in errors] == [
        "posts.csv, line 2: there is neither a text nor a title",
        "posts.csv, line 3: there is neither a text nor a title",
    ]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (b"a,1,2", "line 2: a row must have 2 cells, one a column; it has 3"),
        (b"\xffa,", "line 2: not text in UTF-8, or in its --encoding: invalid start byte"),
        (b'"a"b,', "line 2: not CSV"),
        (b"a,2014-01-01 00:00:48", "line 2: '2014-01-01 00:00:48' has no time zone: --timezone"),
        (b"a,yesterday", "line 2: a time is like"),
    ],
)
def test_a_bad_csv_row_is_reported_and_the_next_is_read(table: Path, row: bytes, rule: str) -> None:
    table.write_bytes(b"text,published_at\n" + row + b"\nb,2026-01-01T00:00:00+08:00\n")
    rows, (error,) = read(table)
    assert rows == [{"text": "b", "published_at": "2025-12-31T16:00:00.000Z"}]
    assert rule in error


@pytest.mark.parametrize(
    ("content", "columns", "rule"),
    [
        ("", {}, "must begin with a header: posts.csv is empty"),
        ("body\na\n", {}, "no column 'text', only body; --field FIELD=COLUMN"),
        ("text\na\n", {"id": "nr"}, "no column 'nr', only text"),
        ("text\na\n", {"mood": "text"}, "a document has no field 'mood'; it has text, id"),
    ],
)
def test_a_csv_without_its_columns_is_refused(
    table: Path, content: str, columns: dict[str, str], rule: str
) -> None:
    table.write_text(content)
    with pytest.raises(FileError, match=rule):
        read(table, **columns)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_times_become_text(tmp_path: Path, unit: str) -> None:
    times = pa.array([datetime(2026, 1, 1, 8, tzinfo=UTC)], pa.timestamp(unit, "Asia/Shanghai"))
    path = written(tmp_path, text=["a"], ts=times, id=[7])
    rows, _ = read(path, published_at="ts")
    assert rows == [{"text": "a", "id": "7", "published_at": "2026-01-01T08:00:00.000Z"}]


def test_a_parquet_time_as_text_needs_a_zone_too(tmp_path: Path) -> None:
    path = written(tmp_path, text=["a", "b"], published_at=["2026-01-01", "2026-01-01T00:00:00Z"])
    rows, (error,) = read(path)
    assert [row["text"] for row in rows] == ["b"]
    assert "posts.parquet, row 1: '2026-01-01' has no time zone" in error


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (
            pa.array([NAIVE], pa.timestamp("us")),
            "datetime.datetime(2026, 1, 1, 0, 0) has no",
        ),
        (pa.array([[b"x"]]), "a time is like"),
    ],
)
def test_a_parquet_value_of_another_kind_is_reported(
    tmp_path: Path, column: Any, rule: str
) -> None:
    path = written(tmp_path, text=["a"], published_at=column)
    rows, (error,) = read(path)
    assert not rows
    assert f"posts.parquet, row 1: {rule}" in error


def test_what_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "posts.parquet"
    path.write_text("text\n")
    with pytest.raises(FileError, match=r"posts\.parquet: not Parquet"):
        read(path)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("posts.xml", "must end in one of .jsonl"), ("none.csv", "No such file or directory")],
)
def test_a_file_of_which_nothing_can_be_read_is_refused(
    tmp_path: Path, name: str, rule: str
) -> None:
    with pytest.raises(FileError, match=f"{name}: .*{rule}"):
        read(tmp_path / name)


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, ending: str) -> None:
    path = large(tmp_path, ending)
    tracemalloc.start()
    count = sum(1 for _ in read_documents(path, SourceMapping()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000


def large(folder: Path, ending: str) -> Path:
    """A file of 20,000 rows, 10 MB of text."""
    texts = ["x" * 500] * 20_000
    if ending == ".parquet":
        return written(folder, text=texts)
    path = folder / f"large{ending}"
    with path.open("w") as file:
        file.writelines(rendered(ending, texts))
    return path


def rendered(ending: str, texts: list[str]) -> Iterator[str]:
    if ending == ".csv":
        yield "text\n"
    form = "{}\n" if ending == ".csv" else '{{"text": "{}"}}\n'
    yield from (form.format(text) for text in texts)


def written(folder: Path, **columns: Any) -> Path:
    path = folder / "posts.parquet"
    parquet.write_table(pa.table(columns), path)
    return path
