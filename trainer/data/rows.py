"""Rows of a CSV, JSONL, JSON or Parquet file, as dicts from column to value."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from trainer.errors import TrainerError

TableRow = dict[str, Any]

# The csv module refuses cells over 128 KiB by default; a news text can be longer.
_MAX_CELL = 10_000_000


def read_table(path: Path, limit: int | None = None) -> list[TableRow]:
    """The first `limit` rows of the file at `path`, or all.

    A JSON row that is an array has the columns "0", "1" and so on.

    Raises:
        TrainerError: no such file, an unknown type, not UTF-8, not of its type, or no rows.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TrainerError(f"{path}: the type must be one of {', '.join(_READERS)}")
    try:
        rows = reader(path)[:limit]
    except UnicodeDecodeError as error:
        raise TrainerError(f"{path} must be UTF-8: {error}") from None
    except OSError as error:
        raise TrainerError(f"{path} cannot be read: {error.strerror or error}") from None
    if not rows:
        raise TrainerError(f"{path} is empty: it needs at least one row of data")
    return rows


def present(path: Path, row: TableRow, role: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that are columns of `row`; raises `TrainerError` when none is."""
    found = [name for name in names if name in row]
    if not found:
        raise TrainerError(
            f"{path} has no column {' or '.join(map(repr, names))} for {role}; its columns are"
            f" {', '.join(map(repr, row))}: name it with --column {role}=NAME"
        )
    return found


def _read_csv(path: Path) -> list[TableRow]:
    csv.field_size_limit(_MAX_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return list(csv.DictReader(file, strict=True))
        except csv.Error as error:
            raise TrainerError(f"{path} is not CSV: {error}") from None


def _read_jsonl(path: Path) -> list[TableRow]:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    return [
        _json_row(_parse(line, f"{path} line {number}"), f"{path} line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _read_json(path: Path) -> list[TableRow]:
    text = path.read_text(encoding="utf-8-sig")
    values = _parse(text, str(path)) if text.strip() else []
    if not isinstance(values, list):
        raise TrainerError(f"{path} must hold an array of rows, not {type(values).__name__}")
    return [_json_row(value, f"{path} row {number}") for number, value in enumerate(values, 1)]


def _read_parquet(path: Path) -> list[TableRow]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[TableRow] = parquet.read_table(path).to_pylist()
    except pyarrow.ArrowInvalid as error:
        raise TrainerError(f"{path} is not Parquet: {error}") from None
    return rows


def _parse(text: str, where: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise TrainerError(f"{where} is not JSON: {error}") from None


def _json_row(value: Any, where: str) -> TableRow:
    if isinstance(value, list):
        return {str(position): cell for position, cell in enumerate(value)}
    if not isinstance(value, dict):
        raise TrainerError(f"{where} must be an object or an array, not {value!r:.80}")
    return value


_READERS: dict[str, Callable[[Path], list[TableRow]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".json": _read_json,
    ".parquet": _read_parquet,
}
