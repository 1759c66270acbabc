"""The commands `petrel train`, `petrel evaluate` and `petrel classify`."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bundle.manifest import BundleError
from schemas.scored import LABELS
from trainer.base import DEFAULT
from trainer.dataset import STARTER, heads_of, read_tasks, split
from trainer.errors import TrainerError
from trainer.options import (
    Layout,
    Task,
    parse_columns,
    parse_labels,
    parse_task,
    parse_weights,
)
from trainer.settings import Settings

if TYPE_CHECKING:
    from bundle.classifier import Prediction
    from trainer.fit import Epoch
    from trainer.report import Report

_STARTER_EPOCHS = 4
_TASK_EPOCHS = 3

# The starter corpus has each sentiment about equally often, but most of a stream is neutral.
_STARTER_WEIGHTS = "sentiment=neutral:2.5"
_STARTER_OUTPUT = "models/starter"
_TASK_OUTPUT = "models/petrel"

_share = click.FloatRange(0.0, 0.9)
_rate = click.FloatRange(min=0.0)
_positive = click.IntRange(min=1)


def _data_options(command: Callable[..., None]) -> Callable[..., None]:
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
        with _errors():
            layout = Layout(parse_columns(columns), parse_labels(labels), separator)
            command([parse_task(value) for value in tasks], layout, **others)

    result: Callable[..., None] = parsed
    for option in reversed(options):
        result = option(result)
    return result


@click.command()
@_data_options
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The bundle's folder; a bundle that is there is replaced when the new one is complete."
    f" Default: {_TASK_OUTPUT}, {_STARTER_OUTPUT} on the starter corpus.",
)
@click.option("--name", help="What scored records call the model. Default: the output's name.")
@click.option(
    "--base-model",
    default=DEFAULT,
    show_default=True,
    help="The encoder: the packaged default, a folder, or a model of the hub.",
)
@click.option("--holdout", type=_share, default=0.1, show_default=True, help="Share to test with.")
@click.option(
    "--validation",
    type=click.FloatRange(0.0, 0.9, min_open=True),
    default=0.1,
    show_default=True,
    help="Share of the rest for early stopping and calibration.",
)
@click.option("--seed", default=13, show_default=True, help="Seed of split and training.")
@click.option(
    "--epochs",
    type=_positive,
    help=f"Passes, at most. Default: {_TASK_EPOCHS}, {_STARTER_EPOCHS} on the starter corpus.",
)
@click.option("--patience", type=_positive, default=2, show_default=True, help="Epochs to wait.")
@click.option(
    "--freeze-embeddings", is_flag=True, help="Leave the word vectors as they are; saves time."
)
@click.option("--batch-size", type=_positive, default=16, show_default=True, help="Texts a step.")
@click.option(
    "--learning-rate", type=_rate, default=2e-4, show_default=True, help="Of the encoder."
)
@click.option(
    "--head-learning-rate", type=_rate, default=3e-3, show_default=True, help="Of the heads."
)
@click.option(
    "--weight-decay", type=_rate, default=0.01, show_default=True, help="Of the weight matrices."
)
@click.option("--warmup", type=_share, default=0.1, show_default=True, help="Share of the steps.")
@click.option("--dropout", type=_share, default=0.1, show_default=True, help="Before the heads.")
@click.option(
    "--adversarial",
    type=_rate,
    default=0.0,
    show_default=True,
    help="Learn from each text once more with its word vectors pushed this far against the loss:"
    " twice the time, and on a few thousand tweets a point of accuracy (0.5).",
)
@click.option(
    "--class-weights",
    multiple=True,
    metavar="HEAD=WEIGHTS",
    help="balanced, or LABEL:WEIGHT pairs (sentiment=negative:2,positive:1.5). Default: all 1;"
    f" {_STARTER_WEIGHTS} on the starter corpus.",
)
@click.option(
    "--max-length",
    type=click.IntRange(min=8),
    default=128,
    show_default=True,
    help="Tokens of a text that are read.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16"]),
    default="auto",
    show_default=True,
    help="Of training; auto is bf16 where the machine computes in it.",
)
@click.option("--threads", type=_positive, help="CPU threads. Default: all cores.")
def train(
    tasks: list[Task],
    layout: Layout,
    output: Path | None,
    name: str | None,
    base_model: str,
    holdout: float,
    validation: float,
    class_weights: tuple[str, ...],
    threads: int | None,
    epochs: int | None,
    **settings: Any,
) -> None:
    """Fine-tune one encoder with several heads, and write a bundle.

    Every file labels one head or several; all are trained together, each text on the heads that
    it has labels for. Without --task the starter corpus that comes with Petrel is used (English
    and Chinese; sentiment, topics, entities).

    A share of the texts is held out before training; the scores printed at the end, and written
    to metrics.json and the model card, are those on it.

    \b
    petrel train
    petrel train --task sentiment=tweets.csv --labels sentiment=negative,positive,neutral \\
                 --task topic=news.jsonl --output models/desk
    """
    chosen = tasks or [STARTER]
    examples = read_tasks(chosen, layout)
    heads = heads_of(examples, layout)
    weights = parse_weights(class_weights or (() if tasks else (_STARTER_WEIGHTS,)))
    output = output or Path(_TASK_OUTPUT if tasks else _STARTER_OUTPUT)
    epochs = epochs or (_TASK_EPOCHS if tasks else _STARTER_EPOCHS)

    import torch

    from trainer.run import Run
    from trainer.train import train as train_bundle

    if threads is not None:
        torch.set_num_threads(threads)
    run = Run(
        name=name or output.resolve().name,
        sources=[_source(task) for task in chosen],
        split=split(examples, holdout, validation, settings["seed"]),
        heads=heads,
        weights=weights,
        base_model=base_model,
        output=output,
        settings=Settings(epochs=epochs, **settings),
    )
    outcome = train_bundle(run, _announce)
    click.echo(_table(outcome.reports))
    click.echo(f"{output}: judged on the {outcome.judged} split, {len(outcome.epochs)} epochs")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@_data_options
@click.option("--limit", type=_positive, help="Only the first rows of each file.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def evaluate(
    tasks: list[Task], layout: Layout, bundle: Path, limit: int | None, as_json: bool
) -> None:
    """Report how good BUNDLE is on labelled files.

    BUNDLE is a folder that petrel train wrote, or a plain Hugging Face sequence classifier with
    the labels negative, neutral and positive.

    \b
    petrel evaluate models/desk --task sentiment=held_out.csv --limit 2000
    """
    if not tasks:
        raise TrainerError("evaluate needs a --task HEAD=FILE to compare with")
    examples = read_tasks(tasks, layout, limit)

    from bundle.classifier import Classifier
    from trainer.evaluate import evaluate as evaluate_bundle

    reports = evaluate_bundle(Classifier.load(bundle), examples)
    figures = {entry.head: entry.metrics for entry in reports}
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else _table(reports))


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
def classify(bundle: Path, texts: tuple[str, ...], as_json: bool) -> None:
    """Print what BUNDLE says of each TEXT: sentiment, topics and entities.

    \b
    petrel classify models/starter "Acme warns on profit, shares sink"
    petrel classify models/starter --json "央行意外降息" | jq .sentiment
    """
    with _errors():
        _check_texts(texts)

        from bundle.classifier import Classifier

        predictions = Classifier.load(bundle)(texts)
    for text, prediction in zip(texts, predictions, strict=True):
        shown = _as_dict(text, prediction)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else _lines(shown))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (TrainerError, BundleError) as error:
        raise click.ClickException(str(error)) from None


def _check_texts(texts: Sequence[str]) -> None:
    if not texts:
        raise TrainerError("no text: give at least one TEXT to classify")
    for text in texts:
        if not text.strip():
            raise TrainerError(f"no text: a TEXT must have more than white space, not {text!r}")
        if not _is_utf8(text):
            raise TrainerError(f"a TEXT must be UTF-8: {text!r:.80}")


def _is_utf8(text: str) -> bool:
    # Bytes that are not UTF-8 come in from the command line as halves of surrogate pairs.
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _source(task: Task) -> str:
    if task is STARTER:
        return "the starter corpus of Petrel, English and Chinese, written for it"
    return f"{task.path.name}, for {', '.join(task.heads)}"


def _announce(epoch: "Epoch") -> None:
    click.echo(
        f"epoch {epoch.number}: training loss {epoch.loss:.4f}, validation score {epoch.score:.4f}",
        err=True,
    )


def _table(reports: "Sequence[Report]") -> str:
    parts = []
    for entry in reports:
        figures = [
            f"{figure.replace('_', ' ')} {value}"
            for figure, value in entry.metrics.items()
            if isinstance(value, int | float)
        ]
        parts.append(f"{entry.head}: {', '.join(figures)}\n\n{entry.text}")
    return "\n".join(parts)


def _as_dict(text: str, prediction: "Prediction") -> dict[str, Any]:
    return {
        "text": text,
        "sentiment": dict(zip(LABELS, prediction.sentiment, strict=True)),
        "topics": dict(prediction.topics),
        "entities": [
            {
                "text": text[span.start : span.end],
                "type": span.type,
                "start": span.start,
                "end": span.end,
                "probability": span.probability,
            }
            for span in prediction.entities
        ],
    }


def _lines(shown: dict[str, Any]) -> str:
    scores = "  ".join(f"{label} {value:.3f}" for label, value in shown["sentiment"].items())
    topics = ", ".join(f"{topic} {value:.2f}" for topic, value in shown["topics"].items())
    entities = ", ".join(f"{span['text']} ({span['type']})" for span in shown["entities"])
    return (
        f"{shown['text']}\n  sentiment  {scores}\n  topics     {topics or 'none'}"
        f"\n  entities   {entities or 'none'}"
    )
