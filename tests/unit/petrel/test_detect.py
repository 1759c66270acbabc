"""The command `petrel detect`."""

from pathlib import Path

import pytest

from tests.commands import petrel


def write(path: Path, *rows: str, header: str = "timestamp,value") -> str:
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def minutes(*values: object) -> list[str]:
    """A row a minute."""
    return [
        f"2026-03-17 {number // 60:02}:{number % 60:02}:00,{value}"
        for number, value in enumerate(values)
    ]


@pytest.fixture
def series(tmp_path: Path) -> str:
    return write(tmp_path / "series.csv", *minutes(*[20, 21] * 50, 35, "", 20))


def test_each_row_has_a_score(series: str, tmp_path: Path) -> None:
    done = petrel("detect", series, "--output", str(tmp_path / "scores.csv"))

    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert (done.exit_code, done.stdout) == (0, "")
    assert lines[:2] == ["timestamp,value,anomaly_score", "2026-03-17 00:00:00,20.0,0.0"]
    assert lines[101].startswith("2026-03-17 01:40:00,35.0,0.9")
    assert lines[102] == "2026-03-17 01:41:00,,0.0"
    assert len(lines) == 104


def test_most_anomalous_rows_are_shown(series: str) -> None:
    assert petrel("detect", series).stdout == "0.92  2026-03-17 01:40:00  35\n"


def test_constant_series_has_no_anomaly(tmp_path: Path) -> None:
    path = write(tmp_path / "series.csv", *minutes(*[5] * 50))

    assert petrel("detect", path).stdout == "no row is anomalous\n"


def test_clock_may_be_set_back_by_an_hour(tmp_path: Path) -> None:
    rows = ["2026-10-25 02:59,1", "2026-10-25 02:00,1"]

    assert petrel("detect", write(tmp_path / "series.csv", *rows)).exit_code == 0


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["soon,1"], "a time is like"),
        (["2026-03-17,much"], "a value is a number, or empty; not 'much'"),
        (["2026-03-17,-inf"], "a value lies between -1e100 and 1e100; not '-inf'"),
        (["2026-03-17,1", "2026-03-16,1"], "no time lies more than an hour before"),
        ([], "a series has at least one row; there is none"),
    ],
)
def test_bad_row_is_told(tmp_path: Path, rows: list[str], told: str) -> None:
    done = petrel("detect", write(tmp_path / "series.csv", *rows))

    assert done.exit_code == 1
    assert told in done.stderr


def test_missing_column_is_told(tmp_path: Path) -> None:
    done = petrel("detect", write(tmp_path / "series.csv", "a,1", header="timestamp,count"))

    assert done.exit_code == 1
    assert "series.csv: a series has the columns timestamp, value; there is no 'value'" in (
        done.stderr
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"timestamp": "2026-03-17", "val": 3}', "there is no 'value'"),
        ('{"time": "2026-03-17", "value": 3}', "there is no 'timestamp'"),
        ('{"timestamp": "2026-03-17", "value": true}', "a value is a number, or empty; not True"),
        ('{"timestamp": "2026-03-17", "value": [3]}', "a value is a number, or empty; not [3]"),
    ],
)
def test_bad_object_is_told(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / "series.jsonl").write_text(row)

    done = petrel("detect", str(tmp_path / "series.jsonl"))

    assert done.exit_code == 1
    assert "series.jsonl, line 1: " in done.stderr
    assert told in done.stderr


def test_object_without_a_value_says_so_with_null(tmp_path: Path) -> None:
    (tmp_path / "series.jsonl").write_text('{"timestamp": "2026-03-17", "value": null}')

    assert petrel("detect", str(tmp_path / "series.jsonl")).stdout == "no row is anomalous\n"


def test_delimiter_may_be_another(tmp_path: Path) -> None:
    path = write(tmp_path / "series.csv", "2026-03-17;1", header="timestamp;value")

    assert "--delimiter" in petrel("detect", path).stderr
    assert petrel("detect", path, "--delimiter", ";").stdout == "no row is anomalous\n"


def test_rows_of_one_time_are_a_row_each(tmp_path: Path) -> None:
    path = write(tmp_path / "series.csv", *["2026-03-17,1"] * 100, "2026-03-17,9")

    assert petrel("detect", path).stdout.endswith("  2026-03-17  9\n")


def test_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "series.csv").write_text("")
    done = petrel("detect", str(tmp_path / "series.csv"))

    assert done.exit_code == 1
    assert "series.csv" in done.stderr


def test_bad_row_leaves_the_output_of_before(tmp_path: Path) -> None:
    output = tmp_path / "scores.csv"
    output.write_text("before")

    petrel("detect", write(tmp_path / "series.csv", "soon,1"), "--output", str(output))

    assert output.read_text() == "before"
