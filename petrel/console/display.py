"""Alerts and dead letters for a terminal. What a text holds must not drive the terminal."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import click
from rich.cells import cell_len, set_cell_size

from schemas.alert import Alert, Evidence, Transition
from schemas.deadletter import DeadLetterHeaders

_ELLIPSIS = "…"

# Control, format (which reverses what is read), surrogate, line and paragraph separators.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")

_MOST_TEXTS = 2

# Columns that time, transition and grade take before the name.
_HEAD = 46

_COLOURS: dict[Transition, str] = {"open": "red", "escalate": "magenta", "resolve": "green"}


def plain(text: str) -> str:
    """`text` on one line, without what a terminal would obey."""
    safe = "".join(" " if unicodedata.category(one) in _UNSAFE else one for one in text)
    return re.sub(r"\s+", " ", safe).strip()


def fit(text: str, width: int) -> str:
    """`text` cut to `width` columns of a terminal; a Chinese character takes two."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + _ELLIPSIS


def alert_block(alert: Alert, width: int) -> str:
    """`alert` in two to four lines: what, its numbers, the most telling texts."""
    what = click.style(f"{alert.transition.upper():8}", fg=_COLOURS[alert.transition], bold=True)
    grade = click.style(f"{alert.severity} {alert.score}", bold=alert.severity == "critical")
    name = fit(plain(f"{alert.kind} {alert.subject}"), width - _HEAD)
    subject = click.style(name, bold=True)
    lines = [
        f"{moment(alert.at)}  {what}  {grade}  {subject}",
        f"  {fit(_numbers(alert), width - 2)}",
    ]
    lines += [f"  {_telling(one, width - 2)}" for one in alert.documents[:_MOST_TEXTS]]
    return "\n".join(lines)


def dead_letter_block(
    where: str, why: DeadLetterHeaders | None, value: bytes | None, width: int
) -> str:
    """A dead letter in three lines: where it lies and came from, the error, its beginning."""
    came, error = "set aside by somebody else", ""
    if why is not None:
        origin = f"{plain(why.topic)} {why.partition}:{why.offset}"
        came = f"{moment(why.failed_at)}  {plain(why.stage)}  from {origin}"
        error = f"\n  {fit(plain(why.error), width - 2)}"
    return f"{click.style(where, bold=True)}  {came}{error}\n  {_beginning(value, width - 2)}"


def moment(time: datetime) -> str:
    """`time` for people, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _numbers(alert: Alert) -> str:
    window, baseline = alert.window, alert.baseline
    share = window.negative / window.documents if window.documents else 0.0
    minutes = (alert.at - alert.opened_at) // timedelta(minutes=1)
    opened = "" if alert.transition == "open" else f"open for {minutes} min; "
    return (
        f"{opened}{window.negative} negative of {window.documents} in {window.size},"
        f" {alert.distinct} distinct, expected {baseline.negative:.2g};"
        f" share {share:.2f} against {baseline.share:.2f}"
    )


def _telling(evidence: Evidence, width: int) -> str:
    return fit(f"{evidence.negative:.2f} {plain(evidence.source)}: {plain(evidence.text)}", width)


def _beginning(value: bytes | None, width: int) -> str:
    if value is None:
        return "(no value)"
    text = value[: 4 * width].decode("utf-8", "backslashreplace")
    return fit("".join(map(_escaped, text)), width)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _UNSAFE:
        return character.encode("unicode_escape").decode()
    return character
