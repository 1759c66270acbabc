"""All rows of a labelled file, as dicts from column to value."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

from sources.files.file_format import FileFormat
from sources.files.reader import read_rows
from sources.files.row import FileError, Row, RowError
from sources.mapping.paths import InvalidPath, Path
from sources.mapping.survey import leaves
from trainer.errors import TrainerError


def read_table(
    path: FilePath, limit: int | None = None, file_format: FileFormat | None = None
) -> list[Row]:
    """The first `limit` rows of the file at `path`, or all.

    A JSON row that is an array has the columns "0", "1" and so on.

    Raises:
        TrainerError: the file cannot be read, one of those rows cannot, or there are none.
    """
    wrong: list[RowError] = []
    try:
        with read_rows(path, file_format, wrong.append) as rows:
            found = list(islice(rows, limit))
    except FileError as error:
        raise TrainerError(str(error)) from None
    if wrong:
        # To train on the rest would hide that it is not all.
        raise TrainerError(f"{path}: rows that cannot be read: {len(wrong)}; the first: {wrong[0]}")
    if not found:
        raise TrainerError(f"{path} is empty: it needs at least one row of data")
    return found


def cell(row: Row, name: str) -> Any:
    """What the column `name` of `row` holds, or lies at that path in it; None for nothing."""
    return row[name] if name in row else _path(name).find(row)


@lru_cache(maxsize=64)
def _path(name: str) -> Path:
    try:
        return Path(name)
    except InvalidPath as error:
        raise TrainerError(f"--field {name}: {error}") from None


def present(path: FilePath, row: Row, role: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that `row` has as columns or paths; raises `TrainerError` when none is."""
    found = [name for name in names if name in row or cell(row, name) is not None]
    if not found:
        raise TrainerError(
            f"{path} has no column {' or '.join(map(repr, names))} for {role}; its columns are"
            f" {', '.join(map(repr, _places(row)))}: name it with --field {role}=PLACE"
        )
    return found


def _places(row: Row) -> Iterator[str]:
    """The columns of `row`; of one with an object in it the paths of what it holds."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from [path for path, _ in leaves({name: value})] or [name]
        else:
            yield name
