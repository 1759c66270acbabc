"""The command `petrel search`."""

from pathlib import Path
from typing import get_args

import click

from petrel.console.command import Command
from petrel.console.data_options import data_options, run_options, set_up_torch, source
from trainer.data.dataset import empty_classes, heads_of, read_tasks
from trainer.data.duplicates import deduplicated
from trainer.data.splits import split
from trainer.data.task import Layout, Task
from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters, Method

_positive = click.IntRange(min=1)


@click.command(cls=Command)
@data_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("models/search"),
    show_default=True,
    help="The search's folder; the bundle of the best trial is in best/.",
)
@click.option("--trials", type=_positive, default=20, show_default=True, help="How many, in all.")
@click.option(
    "--method",
    "methods",
    type=click.Choice(get_args(Method)),
    multiple=True,
    default=("full", "lora"),
    show_default=True,
    help="Methods to choose from (see petrel train). Repeatable.",
)
@click.option("--epochs", type=_positive, default=5, show_default=True, help="A trial, at most.")
@run_options
def search(
    tasks: list[Task],
    layout: Layout,
    output: Path,
    trials: int,
    methods: tuple[Method, ...],
    epochs: int,
    base_model: str,
    holdout: float,
    validation: float,
    seed: int,
    max_length: int,
    threads: int | None,
) -> None:
    """Search for the method, learning rate, epochs, batch, weight decay and dropout that suit best.

    Each trial is a training, judged by its score on the validation split, and given up early when
    it falls behind the others. The held-out share has no part in it: it judges the bundle that is
    kept, once. A search that is interrupted goes on with the same command; more --trials go on too.

    \b
    petrel search --task sentiment=tweets.csv --trials 30 \\
                  --labels sentiment=negative,positive,neutral
    """
    if not tasks:
        raise TrainerError("search needs a --task HEAD=FILE to search on")
    clean = deduplicated(read_tasks(tasks, layout))
    heads = heads_of(clean.examples, layout)
    parts = split(clean.examples, holdout, validation, seed)

    from trainer.search import BEST
    from trainer.search import search as run_search
    from trainer.training_run import TrainingRun

    set_up_torch(threads)
    run = TrainingRun(
        name=output.resolve().name,
        sources=[source(task) for task in tasks],
        notes=[*clean.notes(), *empty_classes(parts.train, heads)],
        split=parts,
        heads=heads,
        weights={},
        base_model=base_model,
        output=output,
        hyperparameters=Hyperparameters(epochs=epochs, seed=seed, max_length=max_length),
    )
    best = run_search(run, methods, trials, lambda line: click.echo(line, err=True))
    chosen = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in best.params.items())
    click.echo(f"{output / BEST}: trial {best.number}, validation score {best.values[0]:.4f}")
    click.echo(f"petrel train … {chosen}")
