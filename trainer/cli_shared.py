"""What the trainer's commands share: the options that say what is labelled, errors, tables."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from bundle.manifest import BundleError
from trainer.errors import TrainerError
from trainer.options import Layout, parse_columns, parse_labels, parse_task

if TYPE_CHECKING:
    from trainer.report import Report


def data_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that say what is labelled; it gets tasks and layout."""
    options = (
        click.option(
            "--task",
            "tasks",
            multiple=True,
            metavar="HEAD=FILE",
            help="A labelled file (.csv, .jsonl, .json, .parquet) and the head it labels:"
            " sentiment, topic or entity, or several with commas between. Repeatable.",
        ),
        click.option(
            "--labels",
            "labels",
            multiple=True,
            metavar="HEAD=MAP",
            help="What the labels in the files mean: names in the order of their ids"
            " (sentiment=negative,positive,neutral), pairs (sentiment=-1:negative,0:neutral) or"
            " a file with a name a line (topic=@classes.txt).",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="ROLE=NAME",
            help="The column for a role: text, sentiment, topic, entity, token or sentence."
            " Default: its own name, or label. Array rows have the columns 0, 1 and so on.",
        ),
        click.option(
            "--separator",
            metavar="TEXT",
            help="What stands between several topics in one cell; makes topic multi-label.",
        ),
    )

    @wraps(command)
    def parsed(
        tasks: Sequence[str],
        labels: Sequence[str],
        columns: Sequence[str],
        separator: str | None,
        **others: Any,
    ) -> None:
        with errors():
            layout = Layout(parse_columns(columns), parse_labels(labels), separator)
            command([parse_task(value) for value in tasks], layout, **others)

    result: Callable[..., None] = parsed
    for option in reversed(options):
        result = option(result)
    return result


@contextmanager
def errors() -> Iterator[None]:
    """What a person can put right ends the command with a sentence."""
    try:
        yield
    except (TrainerError, BundleError) as error:
        raise click.ClickException(str(error)) from None


def table(reports: "Sequence[Report]") -> str:
    """The figures of each head, and its table of classes."""
    parts = []
    for entry in reports:
        figures = [
            f"{figure.replace('_', ' ')} {value}"
            for figure, value in entry.metrics.items()
            if isinstance(value, int | float)
        ]
        parts.append(f"{entry.head}: {', '.join(figures)}\n\n{entry.text}")
    return "\n".join(parts)
