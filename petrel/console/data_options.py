"""What the trainer's commands share: the options that name labelled files, and tables."""

import os
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from bundle.heads import HEADS
from petrel.console.hyperparameter_options import hyperparameter_options
from petrel.console.options import file_format_options
from sources.files.file_format import FileFormat
from trainer.data.dataset import STARTER
from trainer.data.option_values import FIELDS, parse_fields, parse_labels, parse_task
from trainer.data.task import Layout, Task
from trainer.encoders.encoder import DEFAULT
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from trainer.evaluation.report import Report

# For commands that need not read a whole file.
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), help="Only the first rows of each file."
)


def data_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that say what is labelled; it gets tasks and layout."""
    options = (
        click.option(
            "--task",
            "tasks",
            multiple=True,
            metavar="HEAD=FILE",
            help="A labelled file (.csv, .tsv, .jsonl, .json, .parquet, .txt, also .gz or .zst of"
            " these) and the head it labels:"
            f" {_any_of(*HEADS)}, or several with commas between. Repeatable.",
        ),
        click.option(
            "--labels",
            "labels",
            multiple=True,
            metavar="HEAD=MAP",
            help="What the labels in the files mean: names in the order of their ids"
            " (sentiment=negative,positive,neutral), pairs (sentiment=-1:negative,0:neutral; the"
            " name - skips a value: None:-), bounds of scores, and one name for the rest"
            " (sentiment='<-0.1:negative,positive'), or a file with a name a line"
            " (topic=@classes.txt).",
        ),
        click.option(
            "--field",
            "fields",
            multiple=True,
            metavar="FIELD=PLACE",
            help=f"Where a field is: {_any_of(*FIELDS)}."
            " Default: the column of its own name, or label. Array rows have the columns 0, 1 and"
            " so on; a path leads into nested ones (text=post.body); of several"
            " (text=title|headline) the first that is there counts, of a sentence all.",
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
        fields: Sequence[str],
        separator: str | None,
        file_format: FileFormat,
        **others: Any,
    ) -> None:
        if file_format != FileFormat() and not tasks:
            raise TrainerError("how a file is to be read is of no use without a --task HEAD=FILE")
        layout = Layout(parse_fields(fields), parse_labels(labels), separator, file_format)
        command([parse_task(value) for value in tasks], layout, **others)

    result = file_format_options(parsed)
    for option in reversed(options):
        result = option(result)
    return result


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that every training has, under their own names."""
    share = click.FloatRange(0.0, 0.9)
    options = (
        click.option(
            "--base-model",
            default=DEFAULT,
            show_default=True,
            help="The encoder: the packaged default, multilingual-e5-small (packaged: extra zh),"
            " a folder, or a model of the hub.",
        ),
        click.option(
            "--holdout", type=share, default=0.1, show_default=True, help="Share to test with."
        ),
        click.option(
            "--validation",
            type=click.FloatRange(0.0, 0.9, min_open=True),
            default=0.1,
            show_default=True,
            help="Share of the rest for early stopping and calibration.",
        ),
        hyperparameter_options("seed", "max_length"),
        click.option(
            "--threads", type=click.IntRange(min=1), help="CPU threads. Default: all cores."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def set_up_torch(threads: int | None) -> None:
    """Let torch compute in so many threads; None leaves it the choice."""
    # Each step frees what the next one wants again: in small pages a fifth of a training on a CPU
    # goes into fetching them anew. torch asks for this once, before its first large tensor.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def source(task: Task) -> str:
    """What a model card says of the data of `task`."""
    if task is STARTER:
        return "the starter corpus of Petrel, English and Chinese, written for it"
    return f"{task.path.name}, for {', '.join(task.heads)}"


def _any_of(*names: str) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


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
