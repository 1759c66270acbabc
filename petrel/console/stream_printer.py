"""Print the records of a stream on a terminal as they come."""

from datetime import datetime, timedelta
from textwrap import wrap

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from petrel.console.company_names import CompanyNames
from petrel.console.display import LABEL_COLOURS, reason_of
from schemas import ScoredDocument, SentimentWindow, decode, decode_alert
from schemas.alert import Transition
from schemas.times import EPOCH

_MARKS: dict[Transition, str] = {"open": "▲", "escalate": "▲▲", "resolve": "▽"}

# One in so many documents is printed: enough to follow, and few enough to see the alerts.
_PRINT_EVERY = 9

# Documents of an alert that are printed.
_MAX_TEXTS = 2

# Cells of the column of names: a Chinese character takes two.
_NAMES_CELLS = 24
_INDENT = " " * 11


class StreamPrinter:
    """Prints some documents, a line for each hour, and every alert by the company in `names`."""

    def __init__(self, console: Console, names: CompanyNames) -> None:
        self._console = console
        self._names = names
        self._documents = 0
        self._printed_until = EPOCH

    def document(self, value: bytes) -> None:
        """Print one in `_PRINT_EVERY` scored documents."""
        self._documents += 1
        if self._documents % _PRINT_EVERY:
            return
        scored = decode(value, ScoredDocument)
        label = scored.sentiment.label
        line = Text(f"{clock(scored.published_at)}  ")
        line.append(f"{label:8} {getattr(scored.sentiment, label):4.2f}  ", LABEL_COLOURS[label])
        names = ", ".join(dict.fromkeys(e.name for e in scored.entities if e.origin != "model"))
        line.append(f"{set_cell_size(names or '-', _NAMES_CELLS)}  ", "bold")
        line.append(f"copy of {scored.novelty.first}  " if scored.novelty.first else "", "dim")
        line.append(_printable(scored.text))
        self._print(line)

    def window(self, value: bytes) -> None:
        """Print the window of one hour over all documents, once an hour."""
        window = decode(value, SentimentWindow)
        if window.kind != "all" or window.size != "1h" or not window.documents:
            return
        if window.end < self._printed_until + timedelta(hours=1):
            return
        self._printed_until = window.end.replace(minute=0)
        self._print(
            Text(
                f"{clock(window.end)}  the hour before: {window.documents} documents,"
                f" {window.negative} negative, {window.positive} positive,"
                f" mean {window.sentiment:+.2f}",
                "cyan",
            )
        )

    def alert(self, value: bytes) -> None:
        """Print an alert with its reason and, unless it resolves, its first texts."""
        alert = decode_alert(value)
        colour = "green" if alert.transition == "resolve" else "bold white on red"
        name = self._names.of(alert.kind, alert.subject) or alert.subject
        head = f" {_MARKS[alert.transition]} {alert.transition.upper()} {name} "
        line = Text(f"{clock(alert.at)}  ")
        line.append(head, colour)
        line.append(f"  {alert.severity}, score {alert.score}")
        self._print(line)
        reason = _printable(reason_of(alert, self._names.of))
        for part in wrap(reason, self._console.width - len(_INDENT)):
            self._print(Text(f"{_INDENT}{part}"))
        if alert.transition != "resolve":
            for evidence in alert.documents[:_MAX_TEXTS]:
                self._print(Text(f"{_INDENT}“{_printable(evidence.text)}”", "red"))

    def _print(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ellipsis")


def clock(time: datetime) -> str:
    """The time of day of `time`."""
    return f"{time:%H:%M:%S}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
