"""The command `petrel classify`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from petrel.console.command import Command
from petrel.console.options import file_format_options, mapping_options
from petrel.console.param_types import BundleParam
from schemas.scored import LABELS
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from bundle.classifier import Prediction
    from sources.files.row import RowError


@click.command(cls=Command)
@click.argument("bundle", type=BundleParam())
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Classify the documents of this file, of the kinds that petrel feed takes.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where those of --file go: .jsonl, .csv or .parquet.",
)
@mapping_options
@file_format_options
def classify(
    bundle: Path,
    texts: tuple[str, ...],
    as_json: bool,
    file: Path | None,
    output: Path | None,
    mapping: SourceMapping,
    file_format: FileFormat,
) -> None:
    """Print what BUNDLE says of each TEXT, or write what it says of each document of a file.

    \b
      petrel classify models/starter "Acme warns on profit, shares sink"
      petrel classify models/starter --json "央行意外降息" | jq .sentiment
      petrel classify models/starter --file posts.csv --output scores.parquet

    The output has a row for each document, in order: its number in the file, id, title, text, time,
    source and language; the likeliest sentiment and the probability of each; topics and entities,
    in .csv as JSON. A row that cannot be read is reported, the next one is classified, and the exit
    status is 1.
    """
    if file is not None or output is not None:
        if file is None or output is None or texts or as_json:
            raise click.UsageError("--file needs --output, and goes with neither TEXT nor --json")
        mapping = replace(mapping, records=file_format.records)
        _classify_file(bundle, file, output, mapping, file_format)
        return
    _check_texts(texts)

    from bundle.classifier import Classifier

    predictions = Classifier.load(bundle)(texts)
    for text, prediction in zip(texts, predictions, strict=True):
        shown = _as_dict(text, prediction)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else _lines(shown))


def _classify_file(
    bundle: Path, file: Path, output: Path, mapping: SourceMapping, file_format: FileFormat
) -> None:
    from petrel.console.meter import Meter
    from stream.clients.files.record_writer import check_writable, open_records

    check_writable(output)

    from bundle.classifier import Classifier
    from stream.clients.file_classifier import ClassifiedRow, classify_file

    classifier = Classifier.load(bundle)
    count = errors = 0

    with Meter("documents") as meter, open_records(output, ClassifiedRow) as writer:

        def tell(error: "RowError") -> None:
            nonlocal errors
            errors += 1
            meter.echo(f"not classified: {error}", err=True)

        for rows in classify_file(classifier, file, mapping, file_format, tell):
            for row in rows:
                writer.write(row)
            count += len(rows)
            meter.show(count)
    click.echo(f"{count} documents of {file.name} classified, in {output}")
    if errors:
        raise click.ClickException(f"rows that were not classified: {errors}")


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
    scores = prediction.sentiment
    likeliest = max(range(len(LABELS)), key=lambda at: scores[at])
    return {
        "text": text,
        "sentiment": {"label": LABELS[likeliest], **dict(zip(LABELS, scores, strict=True))},
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
    winner, scores = shown["sentiment"]["label"], shown["sentiment"]
    others = ", ".join(f"{label} {scores[label]:.3f}" for label in LABELS if label != winner)
    topics = ", ".join(f"{topic} {value:.2f}" for topic, value in shown["topics"].items())
    entities = ", ".join(f"{span['text']} ({span['type']})" for span in shown["entities"])
    return (
        f"{shown['text']}\n  sentiment  {winner} {scores[winner]:.3f}  ({others})"
        f"\n  topics     {topics or 'none'}\n  entities   {entities or 'none'}"
    )
