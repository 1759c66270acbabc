"""The model card of a bundle."""

from bundle.heads import Head
from trainer.encoders.encoder import encoder_name
from trainer.evaluation.report import Report
from trainer.hyperparameters import Hyperparameters
from trainer.training_run import TrainingOutcome, TrainingRun

_CARD = """\
---
base_model: {base_model}
library_name: transformers
pipeline_tag: text-classification
tags: [finance, sentiment]
---
# {name}

A Petrel bundle: one encoder ({base_model}, mean pooling, at most {max_length} tokens) with the
heads {heads}. Petrel loads it with `petrel worker`, `petrel evaluate` and `petrel classify`;
`AutoModel` and `AutoTokenizer` load the encoder, `heads.safetensors` holds the linear heads,
`petrel.json` their labels and calibration.

## Data

{sources}
{notes}

Split by a hash of each text's fingerprint and the seed {seed}, so that copies of a text are on
one side: {train} examples to train on, {validation} for early stopping and calibration, {test}
held out for the scores below.

## Training

{settings}

{epochs}

![](curves.png)

## Scores on the {evaluated_on} split

{scores}

{reports}

## Use

For English or Chinese financial news and posts, as far as the base model and the data above know
them. The probabilities are calibrated on the validation split; on text of another kind they are
less sure than they say, so measure first (`petrel evaluate`). Not a basis for trading on its own.
"""


def model_card(run: TrainingRun, outcome: TrainingOutcome) -> str:
    """The card of the bundle that `run` made, in Markdown."""
    return _CARD.format(
        name=run.name,
        base_model=encoder_name(run.base_model),
        max_length=run.hyperparameters.max_length,
        heads=", ".join(_described(name, head) for name, head in run.heads.items()),
        sources="\n".join(f"- {source}" for source in run.sources),
        notes="\n".join(f"- {note}" for note in run.notes),
        seed=run.hyperparameters.seed,
        **run.split.counts(),
        settings=_settings(run),
        epochs=_epochs(outcome),
        evaluated_on=outcome.evaluated_on,
        scores=_scores(outcome.reports),
        reports="\n\n".join(_report(entry) for entry in outcome.reports),
    )


def _described(name: str, head: Head) -> str:
    return f"{name} ({head.kind}: {', '.join(head.labels)})"


def _settings(run: TrainingRun) -> str:
    given = run.hyperparameters
    return (
        f"Method {given.method}{_layers(given)}; AdamW, batches of {given.batch_size},"
        f" learning rate {given.learning_rate:g} (heads"
        f" {given.head_learning_rate:g}), weight decay {given.weight_decay:g}, warm-up over"
        f" {given.warmup:.0%} of the steps and then linear decay, dropout {given.dropout:g},"
        f" adversarial word vectors {given.adversarial:g};"
        f" at most {given.epochs} epochs, stopped after {given.patience} without a better score."
    )


def _layers(given: Hyperparameters) -> str:
    kept = f", the lowest {given.layers} layers" if given.layers else ""
    frozen = f", {given.freeze_layers} of them frozen with the word vectors"
    return kept + (frozen if given.freeze_layers else "")


def _epochs(outcome: TrainingOutcome) -> str:
    lines = ["| epoch | training loss | validation score |", "|---|---|---|"]
    lines += [f"| {e.number} | {e.loss:.4f} | {e.score:.4f} |" for e in outcome.epochs]
    return "\n".join(lines)


def _scores(reports: list[Report]) -> str:
    lines = ["| head | figure | value |", "|---|---|---|"]
    for entry in reports:
        lines += [
            f"| {entry.head} | {figure.replace('_', ' ')} | {value} |"
            for figure, value in entry.metrics.items()
            if isinstance(value, int | float)
        ]
    return "\n".join(lines)


def _report(entry: Report) -> str:
    return (
        f"### {entry.head}\n\n```\n{entry.text.rstrip()}\n```\n\n![](confusion_{entry.head}.png)"
        f" ![](reliability_{entry.head}.png)"
    )
