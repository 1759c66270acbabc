"""What a soak came to: a table, a picture, JSON lines."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import msgspec
from matplotlib.figure import Figure

from tests.bench.harness import Figures
from tests.soak.trend import WARM_UP, Bound, Measure, Sample, Series, Trend, series

_TITLES: dict[Measure, str] = {
    "resident_mb": "resident, MB",
    "descriptors": "descriptors",
    "redis_mb": "Redis, MB",
    "redis_keys": "Redis keys",
    "lag": "lag, documents",
}
_COLUMNS = ["", "of", "first", "last", "per hour", "at most", "verdict"]


def table(trends: Sequence[tuple[Series, Trend, Bound]]) -> Figures:
    """A row for each series: its slope, its bound, its medians of the first and last quarter."""
    rows: list[list[str | float]] = [
        [
            _TITLES[found.measure],
            found.owner,
            round(trend.first, 1),
            round(trend.last, 1),
            round(trend.per_hour, 2),
            " or ".join(_allowed(bound)),
            "flat" if trend.flat else "GROWS",
        ]
        for found, trend, bound in trends
    ]
    return Figures("medians of the first and the last quarter after the warm-up", _COLUMNS, rows)


def _allowed(bound: Bound) -> Iterator[str]:
    if bound.share:
        yield f"+{bound.share:.0%}"
    if bound.slack:
        yield f"+{bound.slack:.0f}"


def write(samples: Sequence[Sample], path: Path) -> None:
    """Write the samples, a line of JSON each."""
    path.write_bytes(msgspec.json.Encoder().encode_lines(samples))


def plot(samples: Sequence[Sample], seconds: float, path: Path) -> None:
    """Write every series over the minutes as a PNG; grey is the warm-up."""
    measures = get_args(Measure)
    figure = Figure(figsize=(8, 2 * len(measures)), layout="constrained")
    grid = figure.subplots(len(measures), 1, sharex=True)
    for axes, measure in zip(grid, measures, strict=True):
        for one in series(samples):
            if one.measure == measure:
                axes.plot([at / 60 for at in one.at], one.values, label=one.owner, linewidth=1)
        axes.axvspan(0, WARM_UP * seconds / 60, color="grey", alpha=0.15)
        axes.set_title(_TITLES[measure], fontsize=9, loc="left")
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=7, loc="lower right")
    grid[-1].set_xlabel("minutes")
    figure.savefig(path, format="png", dpi=110)
