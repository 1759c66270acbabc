"""The page: what came out, the sweep, and each key with its chart, alerts and documents."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from petrel.console.display import one_line
from petrel.console.sweep_table import HEADER, cells, figures_line
from petrel.report.content import Report, keys_of
from petrel.report.course_chart import COURSE, course_chart, time_of
from petrel.report.style import STYLE
from petrel.report.sweep_chart import TRIALS, sweep_chart
from schemas.alert import Alert, AnyAlert, Evidence, GroupAlert
from stream.backtest.key_course import KeyCourse
from stream.clients.backtest.sweep import Trial

# Alerts of a key whose documents are shown, the first ones.
_MAX_ALERTS = 50

# Neither a script nor anything from elsewhere, whatever a text holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(report: Report) -> str:
    """The report as an HTML document."""
    by_key = defaultdict[str, list[AnyAlert]](list)
    for alert in report.result.alerts:
        for key in keys_of(alert):
            by_key[key].append(alert)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Backtest of {_text(report.title)}</title><style>{STYLE}</style></head><body>",
        *_head(report),
        *_sweep(report.trials),
        *_groups([one for one in report.result.alerts if isinstance(one, GroupAlert)]),
        *_course_legend(report.courses),
        *(part for one in report.courses for part in _section(one, by_key[one.key])),
        "</body></html>",
    ]
    return "\n".join(parts)


def _head(report: Report) -> Iterator[str]:
    result, days = report.result, report.figures.days
    yield f"<h1>Backtest of {_text(report.title)}</h1>"
    yield (
        f"<p>{result.documents:,} documents in {days:.1f} days, {result.stale:,} stale,"
        f" {result.repeats:,} repeats; {_text(figures_line(report.figures))}</p>"
    )


def _groups(alerts: Sequence[GroupAlert]) -> Iterator[str]:
    """Each group, by the last record of it: it has the most members."""
    opened = [one for one in alerts if one.transition == "open"]
    if not opened:
        return
    yield "<h2>Many companies at once</h2>"
    for first in opened[:_MAX_ALERTS]:
        life = [one for one in alerts if one.alert == first.alert]
        yield _details(life, life[-1])
    if len(opened) > _MAX_ALERTS:
        yield f'<p class="faint">and {len(opened) - _MAX_ALERTS} more</p>'


def _course_legend(courses: Sequence[KeyCourse]) -> Iterator[str]:
    yield "<h2>Keys that alerted</h2>"
    if not courses:
        yield "<p>None.</p>"
        return
    yield _legend(COURSE)
    yield (
        '<p class="faint">Usual is the mean of the spans before, half of it from the last week: a'
        " scale for the eye, and not what an alert is judged by. Times are in UTC.</p>"
    )


def _sweep(trials: Sequence[Trial]) -> Iterator[str]:
    if not trials:
        return
    yield "<h2>Settings tried</h2>"
    if chart := sweep_chart(trials):
        yield _legend(TRIALS)
        yield chart
    names = [name.removeprefix("PETREL_") for name in trials[0].settings]
    yield f'<div class="wide"><table>{_row("th", [*names, *HEADER])}'
    for trial in sorted(trials, key=lambda one: one.figures.alerts):
        yield _row("td", [*trial.settings.values(), *cells(trial.figures)])
    yield "</table></div>"


def _legend(marks: Iterable[tuple[str, str]]) -> str:
    keys = (f'<span><svg viewBox="0 0 26 13">{mark}</svg> {name}</span>' for name, mark in marks)
    return f'<p class="key faint">{"".join(keys)}</p>'


def _row(tag: str, values: Sequence[str]) -> str:
    inner = "".join(f"<{tag}>{_text(value)}</{tag}>" for value in values)
    return f"<tr>{inner}</tr>"


def _section(course: KeyCourse, alerts: Sequence[AnyAlert]) -> Iterator[str]:
    own = [one for one in alerts if isinstance(one, Alert)]
    opened = [one for one in own if one.transition == "open"]
    # Of each the first record that names the key.
    groups = {one.alert: one for one in reversed(alerts) if isinstance(one, GroupAlert)}
    within = f", in a group: {len(groups)}" if groups else ""
    yield f"<section><h3>{_text(course.key)}</h3>"
    yield (
        f'<p class="faint">alerts: {len(opened)}{within}; a bar is {_duration(course.width)}</p>'
    )
    yield course_chart(course, [*opened, *groups.values()])
    for one in opened[:_MAX_ALERTS]:
        yield _details([other for other in own if other.alert == one.alert], one)
    if len(opened) > _MAX_ALERTS:
        yield f'<p class="faint">and {len(opened) - _MAX_ALERTS} more</p>'
    yield "</section>"


def _details(life: Sequence[AnyAlert], told: AnyAlert) -> str:
    """An alert from its opening on, with the reason and the documents of the record `told`."""
    first, last = life[0], life[-1]
    end = f"to {time_of(last.at)}" if last.transition == "resolve" else "still open"
    shown = "".join(map(_evidence, told.documents))
    return (
        f"<details open><summary>{time_of(first.at)} {end}, {last.severity} {last.score}:"
        f" {_text(told.reason)}</summary><ul>{shown}</ul></details>"
    )


def _evidence(one: Evidence) -> str:
    copies = f", {one.copies:,} copies" if one.copies > 1 else ""
    return (
        f"<li>{_text(one.text)} <span class=faint>{one.negative:.2f}, {_text(one.source)},"
        f" {time_of(one.published_at)}{copies}</span></li>"
    )


def _text(text: str) -> str:
    return escape(one_line(text))


def _duration(seconds: int) -> str:
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    length, name = next(unit for unit in units if seconds >= unit[0])
    count = seconds // length
    return f"{count} {name}s" if count > 1 else f"one {name}"
