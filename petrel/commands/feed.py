"""The command `petrel feed`."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from petrel.console.cli_shared import Command, begin, fields_option
from petrel.console.params import TopicName
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.clients import feed as feeding

_STANDARD_INPUT = "-"

# What a shell gives for a command that Ctrl-C ended.
_INTERRUPTED = 128 + signal.SIGINT


@click.command(cls=Command)
@click.argument("topic", type=TopicName())
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    default=_STANDARD_INPUT,
)
@fields_option
@click.option("--source", metavar="NAME", help="The source of documents that name none.")
@click.option("--lang", metavar="TAG", help="The language of documents that name none, such as zh.")
@click.option("--lines", is_flag=True, help="Take every line for a text, even one that begins {.")
def feed(
    topic: str,
    file: Path,
    columns: Mapping[str, str],
    source: str | None,
    lang: str | None,
    lines: bool,
) -> None:
    """Send documents to the Kafka TOPIC from FILE, or from standard input.

    FILE is .jsonl, .csv, .parquet or .txt. On standard input a line that begins with { is a JSON
    document, any other line is a text. Only the text is needed; id, title, published_at, source,
    lang, url, author and entities are used where they are there. Times carry a zone.

    \b
      echo "Acme warns on profit" | petrel feed news.raw.v1 --source desk
      petrel feed social.raw.v1 tweets.jsonl --field published_at=ts
      tail -F wire.log | petrel feed news.raw.v1 --lines

    Without --field, --source and --lang, lines of JSON are sent as they are, byte for byte: a
    worker sets aside those that are no document. A row that cannot be read is reported, the next
    one is sent, and the exit status is 1.
    """
    settings = begin()
    from stream.clients.feed import Options

    options = Options(fields=columns, source=source, lang=lang, lines=lines)
    # Not sys.stdin: at exit Python would wait for the thread that reads from it.
    stdin = os.fdopen(0, "rb", closefd=False) if str(file) == _STANDARD_INPUT else None
    _feed(settings, settings.topics.named(topic), stdin or file, options)


def _feed(
    settings: Settings, topic: str, source: Path | BinaryIO, options: "feeding.Options"
) -> None:
    from petrel.console.meter import Meter
    from stream.clients import feed as feeding

    refused = 0

    def refuse(why: object) -> None:
        nonlocal refused
        refused += 1
        click.echo(f"not fed: {why}", err=True)

    is_typed = not isinstance(source, Path) and source.isatty()
    if is_typed:
        click.echo("One document a line; Ctrl-D ends.", err=True)
    with Meter("documents", bar=not is_typed) as meter:
        items = feeding.records(source, topic, options, refuse)
        fed = asyncio.run(feeding.feed(settings, topic, items, meter.show, refuse))
    click.echo(f"fed {fed.sent} documents to {topic}")
    if fed.interrupted:
        raise SystemExit(_INTERRUPTED)
    if refused:
        raise click.ClickException(f"rows that were not fed: {refused}")
