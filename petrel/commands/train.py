"""The command `petrel train`."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from petrel.console.command import Command
from petrel.console.data_options import data_options, run_options, set_up_torch, source, table
from petrel.console.hyperparameter_options import hyperparameter_options
from stream.settings import DEFAULT_MODEL
from trainer.data.corrections import read_corrections, with_corrections
from trainer.data.dataset import STARTER, empty_classes, heads_of, read_tasks
from trainer.data.duplicates import deduplicated
from trainer.data.option_values import parse_weights
from trainer.data.splits import split
from trainer.data.task import Layout, Task
from trainer.encoders.encoder import BILINGUAL, DEFAULT, is_installed
from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters

_STARTER_EPOCHS = 4
_TASK_EPOCHS = 3

# What suits the starter corpus and the bilingual encoder: three passes over eight of its twelve
# layers, of which three and the word vectors stay as they are, take no longer than four over all of
# the default encoder.
_BILINGUAL_EPOCHS = 3
_STARTER_HYPERPARAMETERS = {"layers": 8, "freeze_layers": 3, "learning_rate": 3e-4}

# The starter corpus has each sentiment about equally often, but most of a stream is neutral.
_STARTER_WEIGHTS = "sentiment=neutral:2.5"
_TASK_OUTPUT = "models/petrel"


@click.command(cls=Command)
@data_options
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The bundle's folder; a bundle that is there is replaced when the new one is complete."
    f" Default: {_TASK_OUTPUT}, {DEFAULT_MODEL} on the starter corpus.",
)
@click.option(
    "--feedback",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Corrections, as `petrel feedback save` writes them. They replace the labels of the same"
    " text in the other files, and are trained on, never tested with.",
)
@click.option("--name", help="What scored records call the model. Default: the output's name.")
@run_options
@click.option(
    "--seeds",
    type=click.IntRange(min=2),
    help="Train so many times, from --seed on, each with a split and a start of its own, and"
    " report mean and spread. Kept is the bundle of the best validation score.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    help="The same with so many folds, each held out once; --holdout has no part in it.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help=f"Passes, at most. Default: {_TASK_EPOCHS}, and on the starter corpus {_BILINGUAL_EPOCHS},"
    f" with another encoder {_STARTER_EPOCHS}.",
)
@hyperparameter_options(
    "patience",
    "method",
    "layers",
    "freeze_layers",
    "freeze_embeddings",
    "batch_size",
    "learning_rate",
    "head_learning_rate",
    "weight_decay",
    "warmup",
    "dropout",
    "adversarial",
)
@click.option(
    "--class-weights",
    multiple=True,
    metavar="HEAD=WEIGHTS",
    help="balanced, or LABEL:WEIGHT pairs (sentiment=negative:2,positive:1.5). Default: all 1;"
    f" {_STARTER_WEIGHTS} on the starter corpus.",
)
@hyperparameter_options("precision")
@click.option(
    "--wandb",
    metavar="PROJECT",
    help="Log curves and settings, no data, to this project of Weights & Biases too (extra"
    " wandb; WANDB_API_KEY, WANDB_MODE and the like are its own settings).",
)
def train(
    tasks: list[Task],
    layout: Layout,
    output: Path | None,
    feedback: Path | None,
    name: str | None,
    base_model: str,
    holdout: float,
    seeds: int | None,
    folds: int | None,
    validation: float,
    class_weights: tuple[str, ...],
    threads: int | None,
    epochs: int | None,
    wandb: str | None,
    **hyperparameters: Any,
) -> None:
    """Fine-tune one encoder with several heads, and write a bundle.

    Every file labels one head or several; all are trained together, each text on the heads that
    it has labels for. Without --task the starter corpus that comes with Petrel is used (English
    and Chinese; sentiment, topics, entities), and unless --base-model is given an encoder that
    reads both: multilingual-e5-small (extra zh, where it is installed), with --layers 8
    --freeze-layers 3 --learning-rate 3e-4.

    Copies of a text are joined first, with the label that most of them have; a text whose labels
    are tied goes. A share of the texts is then held out; the scores printed at the end, and
    written to metrics.json and the model card, are those on it.

    The course of it can be watched with `tensorboard --logdir`, given the folder that the output
    is in; the curves are kept in the bundle.

    A run that is interrupted leaves a checkpoint beside the output; the same command goes on
    from the last epoch that was complete, and comes to the same weights.

    \b
    petrel train
    petrel train --task sentiment=tweets.csv --task topic=news.jsonl \\
                 --labels sentiment=negative,positive,neutral --output models/desk
    """
    if seeds and folds:
        raise TrainerError("--seeds and --folds are two ways to repeat a run: give one of them")
    chosen = tasks or [STARTER]
    clean = deduplicated(read_tasks(chosen, layout))
    heads = heads_of(clean.examples, layout)
    examples, sources = clean.examples, [source(task) for task in chosen]
    if feedback:
        examples = with_corrections(examples, read_corrections(feedback, heads))
        sources.append(f"{feedback.name}, corrections")
    parts = split(examples, holdout, validation, hyperparameters["seed"])
    weights = parse_weights(class_weights or (() if tasks else (_STARTER_WEIGHTS,)))
    output = output or Path(_TASK_OUTPUT if tasks else DEFAULT_MODEL)
    if not tasks and not _is_given("base_model") and _has_bilingual():
        base_model, epochs = BILINGUAL, epochs or _BILINGUAL_EPOCHS
        unless_given = _STARTER_HYPERPARAMETERS.items()
        hyperparameters |= {name: value for name, value in unless_given if not _is_given(name)}
    epochs = epochs or (_TASK_EPOCHS if tasks else _STARTER_EPOCHS)

    from trainer.train import train as train_bundle
    from trainer.training_run import TrainingRun

    set_up_torch(threads)
    run = TrainingRun(
        name=name or output.resolve().name,
        sources=sources,
        notes=[*clean.notes(), *empty_classes(parts.train, heads)],
        split=parts,
        heads=heads,
        weights=weights,
        base_model=base_model,
        output=output,
        hyperparameters=Hyperparameters(epochs=epochs, **hyperparameters),
        wandb=wandb,
    )
    if seeds or folds:
        from trainer.repeat import by_fold, by_seed, repeat

        runs = (
            by_seed(run, examples, seeds, holdout, validation)
            if seeds
            else by_fold(run, examples, folds or 0, validation)
        )
        click.echo("\n".join(repeat(runs, output, _log).lines()))
        return
    outcome = train_bundle(run, _log)
    click.echo(table(outcome.reports))
    click.echo(
        f"{output}: judged on the {outcome.evaluated_on} split, {len(outcome.epochs)} epochs"
    )


def _has_bilingual() -> bool:
    if is_installed(BILINGUAL):
        return True
    _log(
        f"{BILINGUAL} is not installed (extra zh, for Linux on x86-64):"
        f" the starter is made of {DEFAULT}, which reads no Chinese"
    )
    return False


def _is_given(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is not ParameterSource.DEFAULT


def _log(line: str) -> None:
    click.echo(line, err=True)
