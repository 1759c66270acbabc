from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from sources.files.file_format import FileFormat
from trainer.data.rows import present, read_table
from trainer.errors import TrainerError

ROWS = [{"text": "Acme falls", "label": "0"}, {"text": "NA", "label": "1"}]


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufefftext,label\nAcme falls,0\nNA,1\n", encoding="utf-8")
    assert read_table(path) == ROWS


def test_csv_cell_with_line_break(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"Acme\nfalls",0\n', encoding="utf-8")
    assert read_table(path) == [{"text": "Acme\nfalls", "label": "0"}]


def test_jsonl_of_objects_and_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "亏损"}\n\n["盈利", 2]\n', encoding="utf-8")
    assert read_table(path) == [{"text": "亏损"}, {"0": "盈利", "1": 2}]


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[["亏损", 0]]', encoding="utf-8")
    assert read_table(path) == [{"0": "亏损", "1": 0}]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    assert read_table(path) == ROWS


def test_limit_is_on_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,0\nb,1\n", encoding="utf-8")
    assert len(read_table(path, limit=1)) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"text,label\n", "a.csv is empty"),
        ("a.jsonl", b"\n", "a.jsonl is empty"),
        ("a.json", b"", "a.json is empty"),
        ("a.csv", b"text\n\xff\xfe\n", "a.csv, line 2: not text in UTF-8"),
        ("a.jsonl", b'{"text": "\xff"}\n', "a.jsonl, line 1: not JSON in UTF-8"),
        ("a.xlsx", b"text", r"a.xlsx: the name must end in one of \.jsonl"),
        ("a.jsonl", b'{"text": 1}\n{', "a.jsonl, line 2: not JSON"),
        ("a.jsonl", b"7\n", "a.jsonl, line 1: a row must be a JSON object or array; it is 7"),
        ("a.json", b"{}", "a.json: a JSON file must hold an array of rows"),
        ("a.parquet", b"text", "a.parquet: not Parquet"),
        ("a.csv", b'text\n"open\n', "a.csv, line 2: not CSV"),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TrainerError, match=message):
        read_table(path)


def test_what_there_is_instead_of_a_column_is_listed(tmp_path: Path) -> None:
    row = {"post": {"title": "Acme", "body": "Acme warns"}, "label": "negative", "note": None}
    with pytest.raises(TrainerError) as raised:
        present(tmp_path / "a.jsonl", row, "text", ["post.bdy"])

    assert str(raised.value).endswith(
        "a.jsonl has no column 'post.bdy' for text; its columns are 'post.title', 'post.body',"
        " 'label', 'note': name it with --field text=PLACE"
    )


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match=r"none\.csv: No such file"):
        read_table(tmp_path / "none.csv")


def test_rows_that_cannot_be_read_are_counted_and_none_is_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("label,text\nnegative,Orvane plunged, bonds sank\nneutral,ok\na,b,c\n", "utf-8")
    with pytest.raises(
        TrainerError, match=r"rows that cannot be read: 2; the first: a\.csv, line 2: .* it has 3"
    ):
        read_table(path)


def test_the_file_is_read_as_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("亏损;0\n".encode("gb18030"))
    found = read_table(path, None, FileFormat(encoding="gb18030", delimiter=";", header=False))
    assert found == [{"0": "亏损", "1": "0"}]
