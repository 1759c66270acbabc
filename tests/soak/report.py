"""What a soak came to: a table, a picture, JSON lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import msgspec
from matplotlib.figure import Figure

from tests.bench.harness import Figures
from tests.soak.trend import WARM_UP, Bound, Measure, Sample, Series, Trend, series

_TITLES: dict[Measure, str] = {
    "resident_mb": "resident memory, MB",
    "descriptors": "open descriptors",
    "redis_mb": "memory of Redis, MB",
    "redis_keys": "keys in Redis",
    "lag": "documents sent and not counted",
}
_COLUMNS = ["", "of", "first quarter", "last quarter", "per hour", "at most", "verdict"]


def table(trends: Sequence[tuple[Series, Trend, Bound]]) -> Figures:
    """A row for each series: its medians after the warm-up, its slope, its bound."""
    rows: list[list[str | float]] = [
        [
            _TITLES[found.measure],
            found.owner,
            round(trend.first, 1),
            round(trend.last, 1),
            round(trend.per_hour, 2),
            f"+{bound.share:.0%}" if bound.share else f"+{bound.slack:g}",
            "flat" if trend.flat else "GROWS",
        ]
        for found, trend, bound in trends
    ]
    return Figures("medians after the warm-up", _COLUMNS, rows)


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
