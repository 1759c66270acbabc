"""A key over time as SVG: negative documents and what was usual, sentiment, and its alerts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from petrel.report.scale import Scale, label, scale
from schemas.alert import AnyAlert
from schemas.times import from_millis
from stream.backtest.key_course import KeyCourse, Span

_WIDTH, _LEFT, _RIGHT = 960, 44, 8
# Two panels, one above the other: from which line to which.
_COUNTS, _MOOD = (16, 150), (166, 226)
_HEIGHT = 246
_TICKS = 6
# What lies further from the usual than this many standard deviations is outside of the band.
_BAND = 2.0
_DAY = 86_400

# The legend: what a mark is, and the mark.
COURSE = (
    ("negative documents", '<rect class="negative" x="6" y="1" width="5" height="12"/>'),
    ("usual, ± 2 standard deviations", '<rect class="band" width="26" height="13"/>'),
    ("mean sentiment", '<path class="mood" d="M0 7H26"/>'),
    ("an alert opens", '<path class="alert" d="M8 2h10l-5 9z"/>'),
)


def course_chart(course: KeyCourse, opened: Sequence[AnyAlert]) -> str:
    """The chart of `course`, with a mark for each alert that `opened`."""
    spans = course.spans
    begin, length = spans[0].start, len(spans) * course.width
    across = scale((begin, begin + length), (_LEFT, _WIDTH - _RIGHT))
    most = max(max(one.content.negative, _upper(one)) for one in spans)
    up = scale((0, max(most, 1.0)), (_COUNTS[1], _COUNTS[0]))
    mood = scale((-1, 1), (_MOOD[1], _MOOD[0]))
    parts = [
        *_axes(most, begin, length, across),
        _band(spans, across, up),
        *_bars(course, across, up),
        _path("usual", ((across(one.start), up(one.usual)) for one in spans)),
        _path("mood", _moods(course, across, mood)),
        *(_mark(across(alert.at.timestamp()), alert) for alert in opened),
    ]
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def time_of(time: datetime) -> str:
    """`time` as it stands in the report, in UTC to the minute."""
    return f"{time:%Y-%m-%d %H:%M}"


def _upper(span: Span) -> float:
    return span.usual + _BAND * span.spread


def _axes(most: float, begin: int, length: int, across: Scale) -> Iterator[str]:
    yield label(_LEFT - 6, _COUNTS[0] + 8, f"{most:.0f}", "end")
    yield label(_LEFT - 6, _COUNTS[1], "0", "end")
    for value, place in zip(("+1", "0", "−1"), (8, 34, 60), strict=True):
        yield label(_LEFT - 6, _MOOD[0] + place, value, "end")
    for line in (_COUNTS[1], sum(_MOOD) / 2):
        yield f'<path class="axis" d="M{_LEFT} {line}H{_WIDTH - _RIGHT}"/>'
    form = "%Y-%m-%d" if length > _TICKS * _DAY else "%m-%d %H:%M"
    for tick in range(_TICKS):
        second = begin + length * tick // _TICKS
        yield label(across(second), _HEIGHT - 4, f"{from_millis(second * 1000):{form}}", "start")


def _band(spans: Sequence[Span], across: Scale, up: Scale) -> str:
    upper = [(across(one.start), up(_upper(one))) for one in spans]
    lower = [(across(one.start), up(max(one.usual - _BAND * one.spread, 0))) for one in spans]
    return _path("band", [*upper, *reversed(lower)])


def _bars(course: KeyCourse, across: Scale, up: Scale) -> Iterator[str]:
    for one in course.spans:
        if not (negative := one.content.negative):
            continue
        left, right = across(one.start), across(one.start + course.width)
        said = (
            f"{time_of(from_millis(one.start * 1000))}: {negative} negative of"
            f" {one.content.documents}, usual {one.usual:.2g}"
        )
        yield (
            f'<rect class="negative" x="{left}" y="{up(negative)}"'
            f' width="{max(right - left - 0.5, 1.2):.1f}" height="{_COUNTS[1] - up(negative):.1f}">'
            f"<title>{said}</title></rect>"
        )


def _moods(course: KeyCourse, across: Scale, mood: Scale) -> Iterator[tuple[float, float]]:
    for one in course.spans:
        if one.content.documents:
            mean = one.content.sentiment / one.content.documents / 100
            yield across(one.start + course.width / 2), mood(mean)


def _mark(place: float, alert: AnyAlert) -> str:
    said = escape(f"{time_of(alert.at)}: {alert.severity} {alert.score}")
    return (
        f'<line class="alert" x1="{place}" x2="{place}" y1="{_COUNTS[0]}" y2="{_MOOD[1]}"/>'
        f'<path class="alert" d="M{place - 5} 6h10l-5 9z"><title>{said}</title></path>'
    )


def _path(name: str, points: Iterable[tuple[float, float]]) -> str:
    drawn = " ".join(f"{x} {y}" for x, y in points)
    return f'<path class="{name}" d="M{drawn}"/>' if drawn else ""
