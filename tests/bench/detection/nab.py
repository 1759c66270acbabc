"""NAB's scoring, its standard profile, as its documentation and Lavin and Ahmad (2015) define it.

A window is worth 1 if it is detected at its first row, less the later, and costs 1 if it is missed;
only the earliest detection in it counts. A false positive costs 0.11, less right after a window.
The beginning of each series, the probation, is not scored. The threshold is one for all series,
the best there is. 0 is the score of a detector that says nothing, 100 that of a perfect one.
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from msgspec import Struct

_FALSE_POSITIVE = 0.11

# Share of a series that is its probation, and the most rows.
_PROBATION = 0.15
_MAX_PROBATION = 750

# So many window widths after a window a false positive costs all.
_FAR = 3.0

# The first and the last row of a window.
Window = tuple[int, int]


class Series(Struct, frozen=True):
    """A series of the benchmark: its folder, rows of (seconds, value), its windows."""

    folder: str
    rows: list[tuple[float, float]]
    windows: list[Window]


class Row(Struct, frozen=True):
    """What a detection in a row is worth, and in which window it lies, if in one."""

    worth: float
    window: int | None


class Board(Struct, frozen=True):
    """The best threshold, the score at it, and that of each folder.

    A folder without windows has no scale: what it has is what its false positives cost.
    """

    threshold: float
    score: float
    folders: dict[str, float]


@cache
def read(root: Path) -> list[Series]:
    """All series below `root`."""
    labels = json.loads((root / "windows.json").read_text("utf-8"))
    return [_series(root / name, labels[name]) for name in sorted(labels)]


def worths(length: int, windows: Sequence[Window]) -> list[Row]:
    """What a detection is worth in each row of a series of `length` rows, after its probation."""
    rows = []
    place = 0
    for at in range(length):
        while place < len(windows) and windows[place][1] < at:
            place += 1
        if place < len(windows) and windows[place][0] <= at:
            rows.append(Row(_in_window(at, windows[place]), place))
        else:
            rows.append(Row(_after(at, windows[place - 1] if place else None), None))
    return rows[probation(length) :]


def probation(length: int) -> int:
    """How many rows at the beginning of a series of `length` rows are not scored."""
    return min(math.floor(_PROBATION * length), _MAX_PROBATION)


def board(series: Sequence[Series], scores: Sequence[Sequence[float]]) -> Board:
    """Score a detector that gave `scores` for the rows of `series`."""
    rows = [
        (score, number, row)
        for number, (one, given) in enumerate(zip(series, scores, strict=True))
        for score, row in zip(given[probation(len(given)) :], _worths(one), strict=True)
    ]
    threshold = _best_threshold(rows)
    parts = _Parts(rows)
    for score, number, row in rows:
        if score >= threshold:
            parts.detect(number, row)
    worth, windows = parts.by_series()
    folders = defaultdict(list)
    for number, one in enumerate(series):
        folders[one.folder].append(number)
    return Board(
        threshold,
        _normalised(worth.values(), windows.values()),
        {
            folder: _normalised([worth[n] for n in some], [windows[n] for n in some])
            for folder, some in folders.items()
        },
    )


class _Parts:
    """What the detections so far are worth, window by window."""

    def __init__(self, rows: Iterable[tuple[float, int, Row]]) -> None:
        self._windows = {
            (number, row.window): -1.0 for _, number, row in rows if row.window is not None
        }
        self._false: defaultdict[int, float] = defaultdict(float)
        self.total = -float(len(self._windows))

    def detect(self, number: int, row: Row) -> None:
        """There is a detection in `row` of the series `number`."""
        if row.window is None:
            self._false[number] += row.worth
            self.total += row.worth
        elif row.worth > (before := self._windows[number, row.window]):
            self._windows[number, row.window] = row.worth
            self.total += row.worth - before

    def by_series(self) -> tuple[defaultdict[int, float], defaultdict[int, int]]:
        """What each series is worth, and how many windows it has."""
        worth = self._false.copy()
        count: defaultdict[int, int] = defaultdict(int)
        for (number, _), value in self._windows.items():
            worth[number] += value
            count[number] += 1
        return worth, count


def _best_threshold(rows: list[tuple[float, int, Row]]) -> float:
    ranked = sorted(rows, key=lambda row: -row[0])
    parts = _Parts(rows)
    best, threshold = parts.total, math.inf
    for place, (score, number, row) in enumerate(ranked):
        parts.detect(number, row)
        is_last = place + 1 == len(ranked) or ranked[place + 1][0] != score
        if is_last and parts.total > best:
            best, threshold = parts.total, score
    return threshold


def _normalised(worth: Iterable[float], windows: Iterable[int]) -> float:
    total, count = sum(worth), sum(windows)
    return 100 * (total + count) / (2 * count) if count else total


def _in_window(at: int, window: Window) -> float:
    first, last = window
    return _sigmoid(-(last - at + 1) / (last - first + 1)) / _sigmoid(-1.0)


def _after(at: int, window: Window | None) -> float:
    if window is None:
        return -_FALSE_POSITIVE
    first, last = window
    position = (at - last) / max(last - first, 1)
    return _FALSE_POSITIVE * (_sigmoid(position) if position < _FAR else -1.0)


def _sigmoid(position: float) -> float:
    """1 well before the end of a window (position 0), -1 well after it."""
    return 2 / (1 + math.exp(5 * position)) - 1


def _worths(series: Series) -> list[Row]:
    return worths(len(series.rows), series.windows)


def _series(path: Path, labels: list[tuple[str, str]]) -> Series:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(_seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    place = {second: number for number, (second, _) in reversed(list(enumerate(rows)))}
    windows = [(place[_seconds(first)], place[_seconds(last)]) for first, last in labels]
    return Series(path.parent.name, rows, windows)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
