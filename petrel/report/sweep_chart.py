"""The trials of a sweep as points: how often they alert, and how much is told and right."""

from collections.abc import Iterator, Sequence
from html import escape

from petrel.console.sweep_table import figures_line
from petrel.report.scale import label, scale
from stream.clients.backtest.sweep import Trial

_WIDTH, _HEIGHT, _LEFT, _RIGHT = 960, 220, 44, 60
_TOP, _BOTTOM = 12, 190
_TICKS = 4

# The legend: what a mark is, and the mark.
TRIALS = (
    ("precision, by alerts a day", '<circle class="right" cx="13" cy="7" r="5"/>'),
    ("recall", '<circle class="told" cx="13" cy="7" r="5"/>'),
)


def sweep_chart(trials: Sequence[Trial]) -> str:
    """The recall and the precision of `trials` by their alerts a day; '' where none is known."""
    known = [one for one in trials if one.figures.recall is not None]
    if not known:
        return ""
    most = max(one.figures.alerts_per_day or 0.0 for one in known) or 1.0
    across = scale((0, most), (_LEFT, _WIDTH - _RIGHT))
    up = scale((0, 1), (_BOTTOM, _TOP))
    parts = [
        *(label(_LEFT - 6, up(share) + 4, f"{share:g}", "end") for share in (0, 0.5, 1)),
        *(
            label(across(most * tick / _TICKS), _HEIGHT - 12, f"{most * tick / _TICKS:.2g}", "end")
            for tick in range(1, _TICKS + 1)
        ),
        label(_WIDTH - _RIGHT + 8, _HEIGHT - 12, "a day", "start"),
        f'<path class="axis" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_WIDTH - _RIGHT}"/>',
    ]
    for one in known:
        place = across(one.figures.alerts_per_day or 0.0)
        parts += _points(one, place, up(one.figures.recall or 0.0), up(one.figures.precision or 0))
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def _points(trial: Trial, across: float, recall: float, precision: float) -> Iterator[str]:
    tried = ", ".join(f"{name}={value}" for name, value in trial.settings.items())
    said = f"<title>{escape(f'{tried}: {figures_line(trial.figures)}')}</title>"
    if trial.figures.precision is not None:
        yield f'<circle class="right" cx="{across}" cy="{precision}" r="4">{said}</circle>'
    yield f'<circle class="told" cx="{across}" cy="{recall}" r="4">{said}</circle>'
