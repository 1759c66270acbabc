import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct
from pyarrow import parquet

from schemas import ScoredDocument, decode
from schemas.times import Time
from sources.files.row import FileError
from stream.clients.files.record_writer import open_records, write_records
from tests.records import RECORDS, SCORED


class Mood(Struct):
    name: str
    at: Time | None
    parts: list[str]


MOODS = [Mood("a,海", datetime(2026, 3, 17, 12, tzinfo=UTC), ["x"]), Mood("b", None, [])]


def test_json_lines_are_what_kafka_has(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"

    assert write_records(path, ScoredDocument, [SCORED]) == 1

    assert decode(path.read_bytes(), ScoredDocument) == SCORED


def test_cells_of_csv_hold_lists_as_json(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    write_records(path, Mood, MOODS)

    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "at", "parts"],
            ["a,海", "2026-03-17T12:00:00.000Z", '["x"]'],
            ["b", "", "[]"],
        ]


def test_parquet_has_the_types_of_the_fields(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"

    write_records(path, Mood, MOODS)

    table = parquet.read_table(path)
    assert str(table.schema.field("at").type) == "timestamp[ms, tz=UTC]"
    assert table.column("parts").to_pylist() == [["x"], []]
    assert table.column("name").to_pylist() == ["a,海", "b"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_kind_of_record_fits_into_parquet(record: Struct, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"

    write_records(path, type(record), [record])

    assert parquet.read_table(path).num_rows == 1


def test_what_was_there_stays_when_the_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before")

    with pytest.raises(ZeroDivisionError), open_records(path, Mood):
        _ = 1 / 0

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out.csv", "before")]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none/out.csv: there is no folder"):
        write_records(tmp_path / "none/out.csv", Mood, [])


def test_the_name_says_the_format(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"one of .jsonl, .csv, .parquet; it ends in '.xlsx'"):
        write_records(tmp_path / "out.xlsx", Mood, [])
