"""Format scored documents for a terminal, each on a line."""

import click
from rich.cells import cell_len, set_cell_size

from petrel.console.company_names import is_another
from petrel.console.display import LABEL_COLOURS, one_line, truncate
from schemas.scored import ScoredDocument, Sentiment

# Columns of the time and the sentiment, with what stands behind each column.
_HEAD_COLUMNS = 25
_GAPS = 4

# Shares of the other columns, at most; the text takes the rest.
_COMPANIES, _ID = 0.4, 0.3


def scored_heading(document: ScoredDocument) -> str:
    """The day and the model of `document`, which lines of the same day and model leave out."""
    model = document.model
    return one_line(f"{document.event_time:%Y-%m-%d} UTC, model {model.name} {model.version}")


def scored_line(document: ScoredDocument, width: int) -> str:
    """The time of day, sentiment, companies, text and id of `document`, in `width` columns."""
    free = width - _HEAD_COLUMNS - _GAPS
    companies = int(free * _COMPANIES)
    identity = truncate(one_line(document.id), int(free * _ID))
    text = f"{document.title} {document.text}" if document.title else document.text
    return (
        f"{document.event_time:%H:%M:%S}  {winner(document.sentiment)}"
        f"  {click.style(_cell(company_names(document) or '-', companies), bold=True)}"
        f"  {_cell(text, free - companies - cell_len(identity))}"
        f"  {click.style(identity, dim=True)}"
    )


def winner(sentiment: Sentiment) -> str:
    """The likeliest class and its probability."""
    label = sentiment.label
    shown = f"{label:8} {getattr(sentiment, label):.2f}"
    return click.style(shown, fg=LABEL_COLOURS[label])


def company_names(document: ScoredDocument) -> str:
    """The companies of `document` by name, each with its id where that differs."""
    names: dict[str, str] = {}
    for one in document.entities:
        if one.origin == "watchlist":
            names[one.id] = one.name
        elif one.origin == "given":
            names.setdefault(one.id, one.name)
    return ", ".join(
        f"{name} ({identity})" if is_another(name, identity) else name
        for identity, name in names.items()
    )


def _cell(text: str, width: int) -> str:
    return set_cell_size(truncate(one_line(text), width), width)
