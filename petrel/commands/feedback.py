"""The commands of `petrel feedback`."""

import asyncio
from pathlib import Path

import click

from petrel.console.command import Command
from petrel.console.startup import start_up
from schemas.scored import LABELS, Label


@click.group()
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

    A second correction of a document replaces the first.

    \b
      petrel feedback give n17 --sentiment positive
      petrel feedback give n17 --sentiment neutral --topic earnings --topic markets
    """
    from schemas.codec import convert
    from schemas.feedback import Correction
    from stream.clients.feedback import send_correction

    settings = start_up()
    values = {"id": document, "sentiment": sentiment, "topics": list(topics) or None}
    asyncio.run(send_correction(settings, convert(values, Correction)))
    click.echo(f"{document} is corrected in {settings.topics.feedback}")


@feedback.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
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
