"""The command `petrel classify`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from petrel.console.command import Command
from schemas.scored import LABELS
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from bundle.classifier import Prediction


@click.command(cls=Command)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
def classify(bundle: Path, texts: tuple[str, ...], as_json: bool) -> None:
    """Print what BUNDLE says of each TEXT: sentiment, topics and entities.

    \b
    petrel classify models/starter "Acme warns on profit, shares sink"
    petrel classify models/starter --json "央行意外降息" | jq .sentiment
    """
    _check_texts(texts)

    from bundle.classifier import Classifier

    predictions = Classifier.load(bundle)(texts)
    for text, prediction in zip(texts, predictions, strict=True):
        shown = _as_dict(text, prediction)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else _lines(shown))


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
