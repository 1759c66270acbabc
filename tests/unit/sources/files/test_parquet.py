import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.raw_rows import Found, found

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


def cell(folder: Path, column: Any) -> Any:
    """The one value of a file with `column`."""
    path = folder / "a.parquet"
    parquet.write_table(pa.table({"column": column}), path)
    (row,) = Found(path).rows
    return row["column"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_time_with_a_zone_is_in_utc(tmp_path: Path, unit: str) -> None:
    assert cell(tmp_path, pa.array([NOON], pa.timestamp(unit, "Asia/Shanghai"))) == NOON


@pytest.mark.parametrize("unit", ["ms", "ns"])
def test_a_time_without_a_zone_has_none(tmp_path: Path, unit: str) -> None:
    naive = NOON.replace(tzinfo=None)
    assert cell(tmp_path, pa.array([naive], pa.timestamp(unit))) == naive


def test_nanoseconds_are_cut(tmp_path: Path) -> None:
    odd = pa.array([1_000_000_123_456_789], pa.timestamp("ns", "UTC"))
    assert cell(tmp_path, odd).microsecond == 123_456
    assert cell(tmp_path, pa.array([[1_123_456_789]], pa.list_(pa.timestamp("ns"))))[0].second == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (pa.array([["a", "b"]]), ["a", "b"]),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array([{"a": 1, "b": [date(2026, 3, 17)]}]), {"a": 1, "b": ["2026-03-17"]}),
        (pa.array([Decimal(418169902613008384)]), 418169902613008384),
        (pa.array([Decimal("12.50")]), 12.5),
        (pa.array([date(2026, 3, 17)]), "2026-03-17"),
        (pa.array([time(12, 30)]), "12:30:00"),
        (pa.array([b"\xff"]), b"\xff"),
        (pa.array([None]), None),
    ],
)
def test_values_are_what_nobody_can_mistake(tmp_path: Path, column: Any, value: Any) -> None:
    assert cell(tmp_path, column) == value


def test_columns_of_one_name_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table([pa.array([1]), pa.array([2])], names=["id", "id"]), path)
    end = Found(path).end
    assert end is not None
    assert end.endswith("there is more than one 'id'")


def test_what_is_not_parquet_is_refused(tmp_path: Path) -> None:
    end = found(tmp_path, "a.parquet", "text\n").end
    assert end is not None
    assert end.startswith("a.parquet: not Parquet")


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert found(tmp_path, "a.parquet", "").end == (
        "a.parquet: Parquet needs the package pyarrow: pip install 'petrel[files]'"
    )
