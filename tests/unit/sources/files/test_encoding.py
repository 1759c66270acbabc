import sys
from pathlib import Path

import pytest

from tests.raw_rows import found

CONTENTS = {
    "a.csv": 'id,text\n1,"海燕, again"\n',
    "a.tsv": "id\ttext\n1\t海燕, again\n",
    "a.jsonl": '{"id": "1", "text": "海燕, again"}\n',
    "a.json": '[{"id": "1", "text": "海燕, again"}]',
}
CHINESE = "id,text\n1,飓风能源警告利润下降\n2,港口银行评级被下调\n"


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    read = found(tmp_path, name, CONTENTS[name].encode(encoding), encoding="latin-1")
    assert (read.rows, read.errors) == ([{"id": "1", "text": "海燕, again"}], [])


def test_text_lines_of_utf16(tmp_path: Path) -> None:
    assert found(tmp_path, "a.txt", "海燕\n\nb".encode("utf-16")).rows == [
        {"text": "海燕"},
        {"text": "b"},
    ]


def test_another_encoding_is_read_when_it_is_said(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", CHINESE.encode("gb18030"), encoding="gb18030")
    assert [row["text"] for row in read.rows] == ["飓风能源警告利润下降", "港口银行评级被下调"]


def test_another_encoding_is_guessed_and_named(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", CHINESE.encode("gb18030"))
    assert read.rows == []
    assert read.end == "a.csv: not UTF-8; it looks like gb18030: --encoding gb18030"


def test_without_the_package_that_guesses_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    end = found(tmp_path, "a.csv", CHINESE.encode("gb18030")).end
    assert end is not None
    assert end.endswith("To have it guessed: pip install 'petrel[files]'")


def test_what_is_no_text_in_its_encoding_is_an_error_of_its_row(tmp_path: Path) -> None:
    content = CHINESE.encode("gb18030") + b"3,\xff\n" + "4,海燕\n".encode("gb18030")
    read = found(tmp_path, "a.csv", content, encoding="gb18030")
    assert [row["id"] for row in read.rows] == ["1", "2", "4"]
    assert read.errors[0].startswith("a.csv, line 4: not text in UTF-8, or in its --encoding")


def test_a_damaged_row_says_nothing_of_the_others(tmp_path: Path) -> None:
    read = found(tmp_path, "a.txt", "海燕\n".encode() + b"\xffb\nb\n")
    assert [row["text"] for row in read.rows] == ["海燕", "b"]
    assert "line 2: not text in UTF-8" in read.errors[0]


def test_utf16_without_a_mark_is_no_text(tmp_path: Path) -> None:
    end = found(tmp_path, "a.csv", "id,text\n1,Acme holds\n".encode("utf-16-le")).end
    assert end is not None
    assert "a.csv: not UTF-8" in end


def test_utf16_that_does_not_say_its_order_is_refused(tmp_path: Path) -> None:
    end = found(tmp_path, "a.txt", "Acme".encode("utf-16-le"), encoding="utf-16").end
    assert end == "a.txt: not text in utf-16: UTF-16 stream does not start with BOM"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    assert found(tmp_path, "a.txt", "a", encoding="klingon").end == (
        "a.txt: there is no encoding 'klingon'"
    )
