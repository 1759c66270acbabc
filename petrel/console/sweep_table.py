"""How alerts did, as a line, and of several settings as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from stream.backtest.known_events import Figures
    from stream.clients.backtest.sweep import Trial

HEADER = ("alerts", "a day", "precision", "recall", "delay")


def figures_line(figures: "Figures") -> str:
    """Alerts and, where events are known, what of them is right, told and how late."""
    alerts, rate, precision, recall, delay = cells(figures)
    line = f"{alerts} alerts, {rate} a day"
    known = f"precision {precision}, recall {recall}, delay {delay}"
    return line if figures.recall is None else f"{line}; {known}"


def sweep_table(trials: "Sequence[Trial]") -> str:
    """A line for each of `trials`, below the names of what they have."""
    # All settings begin so: two of them and the figures are to fit a terminal.
    names = [name.removeprefix("PETREL_") for name in trials[0].settings]
    rows = [(*names, *HEADER)]
    rows += [(*one.settings.values(), *cells(one.figures)) for one in trials]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def cells(figures: "Figures") -> tuple[str, str, str, str, str]:
    """Alerts, alerts a day, precision, recall and delay as they are shown."""
    return (
        f"{figures.alerts}",
        _shown(figures.alerts_per_day, ".3g"),
        _shown(figures.precision, ".2f"),
        _shown(figures.recall, ".2f"),
        "-" if figures.delay is None else _duration(figures.delay),
    )


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
