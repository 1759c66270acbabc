"""The commands of `petrel feedback`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from petrel.console.command import Command, Group
from petrel.console.param_types import OutputFileParam
from petrel.console.startup import start_up
from schemas.scored import LABELS, Label
from schemas.suggestion import did_you_mean
from stream.settings import Settings


@click.group(cls=Group)
def feedback() -> None:
    """Correct how documents were scored, and save the corrections for training.

    Corrections are records of sentiment.feedback.v1: the id of a document, as
    sentiment.scored.v1 has it, and the correct labels. Other programs may send them too.

    \b
      petrel feedback give n17 --sentiment positive
      petrel feedback save corrections.jsonl
      petrel train --task … --feedback corrections.jsonl --output models/desk
    """


@feedback.command(cls=Command)
@click.argument("document")
@click.option("--sentiment", type=click.Choice(LABELS), help="Its sentiment.")
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="A topic. Repeatable.")
def give(document: str, sentiment: Label | None, topics: tuple[str, ...]) -> None:
    """Correct the scored document with the id DOCUMENT.

    It must be in sentiment.scored.v1, and a topic be one of the model's (PETREL_MODEL). A second
    correction of a document replaces of the first what it says, and leaves the rest.

    \b
      petrel feedback give n17 --sentiment positive
      petrel feedback give n17 --topic earnings --topic markets
    """
    from schemas.codec import convert
    from schemas.feedback import Correction
    from stream.clients.feedback import send_correction

    settings = start_up()
    values = {"id": document, "sentiment": sentiment, "topics": list(topics) or None}
    correction = convert(values, Correction)
    _check_topics(settings, topics)
    whole = asyncio.run(send_correction(settings, correction))
    labels = [*([whole.sentiment] if whole.sentiment else []), *(whole.topics or [])]
    click.echo(f"{document} is corrected in {settings.topics.feedback}: {', '.join(labels)}")


def _check_topics(settings: Settings, topics: Sequence[str]) -> None:
    from bundle import manifest
    from bundle.registry import resolve

    if not topics:
        return
    try:
        head = manifest.read(resolve(settings.model)).heads.get("topic")
    except manifest.BundleError as error:
        # Whoever corrects need not have the model at hand.
        click.echo(f"topics are not checked: {error}", err=True)
        return
    known = head.labels if head else []
    for topic in topics:
        if topic not in known:
            raise click.UsageError(
                f"a topic of {settings.model} is one of {', '.join(known) or 'none'},"
                f" not {topic!r}{did_you_mean(topic, known)}"
            )


@feedback.command(cls=Command)
@click.argument("file", type=OutputFileParam())
def save(file: Path) -> None:
    """Write the corrections in force, with the texts of their documents, to FILE as JSON lines.

    The texts come from sentiment.scored.v1: save them before Kafka deletes the documents there.
    FILE is replaced.

    \b
      petrel feedback save corrections.jsonl
    """
    from stream.clients import feedback as client

    found, missing = asyncio.run(client.read_corrected(start_up()))
    client.save(found, file)
    click.echo(f"{file}: {len(found)} corrected documents")
    if missing:
        click.echo(f"{missing} corrections are of documents that Kafka does not have", err=True)
