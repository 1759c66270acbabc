"""Format alerts and dead letters for a terminal, without control characters from their texts."""

import re
import shutil
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from textwrap import wrap

import click
from rich.cells import cell_len, set_cell_size

from schemas.alert import Alert, AnyAlert, Evidence, GroupAlert, Transition
from schemas.deadletter import DeadLetterHeaders
from schemas.scored import Label
from stream.grouping.group_reason import group_reason

_ELLIPSIS = "…"

# Control, format (which may reverse the text), surrogate, line and paragraph separators.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")

_MAX_TEXTS = 2

# What a company is called, of the kind and the subject of a key.
NameOf = Callable[[str, str], str | None]

# Columns of the time, transition, severity and score before the name.
_HEAD_COLUMNS = 46

LABEL_COLOURS: dict[Label, str] = {"negative": "red", "neutral": "white", "positive": "green"}
_COLOURS: dict[Transition, str] = {"open": "red", "escalate": "magenta", "resolve": "green"}


def one_line(text: str) -> str:
    """`text` on one line, without control characters."""
    safe = "".join(" " if unicodedata.category(one) in _UNSAFE else one for one in text)
    return re.sub(r"\s+", " ", safe).strip()


def truncate(text: str, width: int) -> str:
    """`text` cut to `width` columns of a terminal; a Chinese character takes two."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + _ELLIPSIS


def any_alert_block(alert: AnyAlert, width: int, name_of: NameOf = lambda _, __: None) -> str:
    """`alert_block` of an alert or a group; `name_of` gives the names of companies."""
    if isinstance(alert, GroupAlert):
        about = f"group of {alert.companies:,} companies"
        return _block(alert, about, reason_of(alert, name_of), width)
    return alert_block(alert, width, name_of(alert.kind, alert.subject))


def reason_of(alert: AnyAlert, name_of: NameOf) -> str:
    """The reason of `alert`, that of a group with the names of companies."""
    if isinstance(alert, GroupAlert):
        return group_reason(alert, lambda subject: name_of("entity", subject) or subject)
    return alert.reason


def alert_block(alert: Alert, width: int, company: str | None = None) -> str:
    """`alert` in some lines: transition, reason, and up to two documents as evidence.

    `company` is the name of the company it is about, if it is known.
    """
    about = f"{alert.kind} {alert.subject}" + (f" ({company})" if company else "")
    return _block(alert, about, alert.reason, width)


def dead_letter_block(
    position: str, reason: DeadLetterHeaders | None, value: bytes | None, width: int
) -> str:
    """A dead letter: position and origin, the error, what of it is left, how its value begins."""
    failure, error = "set aside by another program", ""
    if reason is not None:
        origin = f"{one_line(reason.topic)} {reason.partition}:{reason.offset}"
        failure = f"{format_time(reason.failed_at)}  {one_line(reason.stage)}  from {origin}"
        error = f"\n  {truncate(one_line(reason.error), width - 2)}"
        if reason.cut is not None:
            error += f"\n  {truncate('cut to fit in Kafka; ' + one_line(reason.cut), width - 2)}"
    head = f"{click.style(position, bold=True)}  {failure}"
    return f"{head}{error}\n  {_beginning(value, width - 2)}"


def format_time(time: datetime) -> str:
    """`time` in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def terminal_width() -> int:
    """How many columns the terminal has."""
    return shutil.get_terminal_size(fallback=(100, 24)).columns


def _evidence(evidence: Evidence, width: int) -> str:
    source = one_line(evidence.source)
    if evidence.copies > 1:
        source += f", {evidence.copies:,} copies"
    return truncate(f"{evidence.negative:.2f} {source}: {one_line(evidence.text)}", width)


def _beginning(value: bytes | None, width: int) -> str:
    if value is None:
        return "(no value)"
    text = value[: 4 * width].decode("utf-8", "backslashreplace")
    return truncate("".join(map(_escaped, text)), width)


def _block(alert: AnyAlert, about: str, reason: str, width: int) -> str:
    transition = click.style(
        f"{alert.transition.upper():8}", fg=_COLOURS[alert.transition], bold=True
    )
    grade = click.style(f"{alert.severity} {alert.score}", bold=alert.severity == "critical")
    subject = click.style(truncate(one_line(about), width - _HEAD_COLUMNS), bold=True)
    lines = [
        f"{format_time(alert.at)}  {transition}  {grade}  {subject}",
    ]
    lines += [f"  {truncate(one, width - 2)}" for one in wrap(one_line(reason), width - 2)]
    lines += [f"  {_evidence(one, width - 2)}" for one in alert.documents[:_MAX_TEXTS]]
    return "\n".join(lines)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _UNSAFE:
        return character.encode("unicode_escape").decode()
    return character
