import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.raw_rows import found

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_the_csv_module_writes_comes_back_equal(
    tmp_path: Path, table: list[list[str]], delimiter: str, quoting: Literal[0, 1, 2]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerows(table)

    read = found(tmp_path, "a.csv", text.getvalue(), delimiter=delimiter, header=False)

    assert [list(row.values()) for row in read.rows] == table
    assert read.errors == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES)
def test_a_file_with_backslashes_comes_back_equal(tmp_path: Path, table: list[list[str]]) -> None:
    table.insert(0, ['he said "no"'] * len(table[0]))
    lines = [
        ",".join('"' + cell.replace("\\", r"\\").replace('"', r"\"") + '"' for cell in row)
        for row in table
    ]

    read = found(tmp_path, "a.csv", "\n".join(lines), header=False)

    assert [list(row.values()) for row in read.rows] == table
    assert read.errors == []


def test_tab_separated(tmp_path: Path) -> None:
    read = found(tmp_path, "a.tsv", "id\ttext\n1\tAcme, again\n")
    assert read.rows == [{"id": "1", "text": "Acme, again"}]


def test_an_unnamed_column_is_called_after_its_place(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", ",text\n0,Acme holds\n")
    assert read.rows == [{"column 1": "0", "text": "Acme holds"}]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", "Acme holds,1\nAcme falls,0\n", header=False)
    assert read.rows == [{"0": "Acme holds", "1": "1"}, {"0": "Acme falls", "1": "0"}]


def test_columns_of_one_name_are_named(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", "text,id,text\na,1,b\n")
    assert read.end == ("a.csv: columns must have different names; there is more than one 'text'")


@pytest.mark.parametrize("cell", ["text {}", '"text {}"'])
def test_a_quote_that_is_not_closed_costs_its_row(tmp_path: Path, cell: str) -> None:
    lines = [f"{number},{cell.format(number)}" for number in range(1, 1001)]
    lines[2] = '3,"text 3'

    read = found(tmp_path, "a.csv", "\n".join(["id,text", *lines]))

    assert [row["id"] for row in read.rows] == [str(n) for n in range(1, 1001) if n != 3]
    assert len(read.errors) == 1
    assert read.errors[0].startswith("a.csv, line 4: not CSV")


def test_a_quote_takes_no_more_lines_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.files.csv_lines.MAX_ROW_LINES", 3)
    read = found(tmp_path, "a.csv", 'text\n"a\nb\nc\nd\ne"\n')
    assert [row["text"] for row in read.rows] == ["b", "c", "d", 'e"']
    assert "line 2: a quote is not closed within" in read.errors[0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r'"he said ""no"""', 'he said "no"'),
        (r'"he said \"no\""', 'he said "no"'),
        (r'"he said \"no\", twice"', 'he said "no", twice'),
        (r'"C:\new \"disk\""', r'C:\new "disk"'),
        ('"two\nlines, \\"quoted\\""', 'two\nlines, "quoted"'),
        (r'"C:\disk\"', "C:\\disk\\"),
        ('5\\" pipe', '5\\" pipe'),
    ],
)
def test_quotes_may_be_doubled_or_stand_after_a_backslash(
    tmp_path: Path, cell: str, text: str
) -> None:
    read = found(tmp_path, "a.csv", f"text,label\n{cell},1\n")
    assert (read.rows, read.errors) == ([{"text": text, "label": "1"}], [])


def test_backslashes_that_can_be_read_in_no_way_are_an_error(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", 'text,a,b\n"a\\", b",x\nb,1,2\n')
    assert read.rows == [{"text": "b", "a": "1", "b": "2"}]
    assert r"line 2: there is a quote after a backslash, \"" in read.errors[0]


def test_a_row_of_another_width_is_an_error(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", "label,text\nnegative,Orvane plunged, bonds sank\n1\n0,ok\n")
    assert read.rows == [{"label": "0", "text": "ok"}]
    assert [error.partition(": ")[0] for error in read.errors] == ["a.csv, line 2", "a.csv, line 3"]


def test_a_cell_keeps_its_line_ends(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", 'text\r\n"a\r\nb"\r\n\r\nc\r\n')
    assert [row["text"] for row in read.rows] == ["a\r\nb", "c"]


def test_a_cell_may_be_ten_megabytes_long(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", "text\n" + "x" * 10_000_000 + '\n"' + "y" * 10_000_000 + '"\n')
    assert [len(row["text"]) for row in read.rows] == [10_000_000] * 2


def test_a_row_too_wide_within_a_quote_does_not_hide_the_next(tmp_path: Path) -> None:
    read = found(tmp_path, "a.csv", 'id,text\n1,a,"b\nc"\n2,d\n')
    assert read.rows == [{"id": "2", "text": "d"}]
    assert len(read.errors) == 2


def test_a_header_of_another_delimiter_is_refused(tmp_path: Path) -> None:
    assert found(tmp_path, "a.csv", "id;text\n1;a, b\n").end == (
        "a.csv: there is only one column, 'id;text'; --delimiter says what stands between two cells"
    )


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    assert found(tmp_path, "a.csv", "").end == (
        "a CSV file must begin with a header: a.csv is empty"
    )
