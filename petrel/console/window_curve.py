"""Draw the windows of one key in a terminal, as bars of block characters."""

from collections.abc import Callable, Sequence
from datetime import datetime

import click
from msgspec import Struct

from petrel.console.display import one_line, truncate
from schemas.window import SentimentWindow

# From none to the whole of a character's height.
_BLOCKS = " ▁▂▃▄▅▆▇█"
# A window of none, which is no missing window.
_NONE = "·"
_ROWS = 3

# Columns to the left of the bars, and what they are narrowed to on a small terminal.
_LEFT = 15
_MIN_COLUMNS = 20


class _Panel(Struct, frozen=True):
    """A row of bars: what of a window is drawn, between which values, in which colour."""

    name: str
    value: Callable[[SentimentWindow], float]
    low: float
    high: float
    colour: str


def window_curve(
    windows: Sequence[SentimentWindow], width: int, company: str | None = None
) -> list[str]:
    """Documents, negative ones and mean sentiment of `windows`, which are of one key and size.

    A column is the window with the most negative documents of those that end in its time: a peak
    is never left out. A column without a bar had no window. `company` is the name of the
    company that they are about, if it is known.
    """
    columns = _columns(windows, max(width - _LEFT, _MIN_COLUMNS))
    top = max(window.documents for window in windows) or 1
    panels = (
        _Panel("documents", lambda one: one.documents, 0, top, "white"),
        _Panel("negative", lambda one: one.negative, 0, top, "red"),
        _Panel("mean", lambda one: one.sentiment, -1, 1, "cyan"),
    )
    lines = [truncate(line, width) for line in _head(windows, company)]
    for panel in panels:
        lines += ["", *_bars(panel, columns)]
    return [*lines, _axis(windows, len(columns))]


def _head(windows: Sequence[SentimentWindow], company: str | None) -> list[str]:
    first, last = windows[0], windows[-1]
    worst = max(windows, key=_negative)
    about = f"{first.kind}:{first.subject}" + (f" ({company})" if company else "")
    return [
        f"{one_line(about)}  {len(windows)} windows of {first.size}",
        f"most negative  {_sentence(worst)}",
        f"last           {_sentence(last)}",
    ]


def _sentence(window: SentimentWindow) -> str:
    return (
        f"{_moment(window.end)}  {window.negative} negative of {window.documents},"
        f" {window.positive} positive, mean {window.sentiment:+.2f}"
    )


def _columns(windows: Sequence[SentimentWindow], most: int) -> list[SentimentWindow | None]:
    """The window to draw in each column, of at most so many."""
    begin = windows[0].end.timestamp()
    length = windows[-1].end.timestamp() - begin
    columns: list[SentimentWindow | None] = [None] * (most if length else 1)
    for window in windows:
        share = (window.end.timestamp() - begin) / length if length else 0.0
        at = min(int(share * len(columns)), len(columns) - 1)
        before = columns[at]
        if before is None or _negative(window) >= _negative(before):
            columns[at] = window
    return columns


def _negative(window: SentimentWindow) -> tuple[int, float]:
    return window.negative, -window.sentiment


def _bars(panel: _Panel, columns: Sequence[SentimentWindow | None]) -> list[str]:
    """The rows of a panel, the highest first, with the scale to their left."""
    eighths = [None if window is None else _eighths(panel, window) for window in columns]
    scale = (f"{panel.high:+g}", "0", f"{panel.low:g}") if panel.low else (panel.high, "", 0)
    rows = []
    for row, mark in zip(reversed(range(_ROWS)), scale, strict=True):
        name = panel.name if row == _ROWS - 1 else ""
        bar = "".join(_block(height, row) for height in eighths)
        rows.append(f"{name:9} {mark:>4} {click.style(bar.rstrip(), fg=panel.colour)}")
    return rows


def _eighths(panel: _Panel, window: SentimentWindow) -> int:
    share = (panel.value(window) - panel.low) / (panel.high - panel.low)
    return round(share * _ROWS * (len(_BLOCKS) - 1))


def _block(height: int | None, row: int) -> str:
    """What of a bar of so many eighths stands in `row`, counted from below."""
    if height is None:
        return " "
    full = len(_BLOCKS) - 1
    if height == row == 0:
        return _NONE
    return _BLOCKS[min(max(height - row * full, 0), full)]


def _axis(windows: Sequence[SentimentWindow], columns: int) -> str:
    begin, end = _moment(windows[0].end), _moment(windows[-1].end)
    gap = columns - len(begin) - len(end)
    return " " * _LEFT + (f"{begin}{'':{gap}}{end}" if gap > 0 else begin)


def _moment(time: datetime) -> str:
    return f"{time:%m-%d %H:%MZ}"
