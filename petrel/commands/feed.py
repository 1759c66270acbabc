"""The command `petrel feed`."""

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
from msgspec.structs import replace

from petrel.console.command import Command
from petrel.console.options import create_option, file_format_options, mapping_options
from petrel.console.param_types import TopicParam
from petrel.console.startup import start_up
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.clients.feed import FeedOptions

_STANDARD_INPUT = "-"

# The exit status of a command that Ctrl-C ended, as shells give it.
_INTERRUPTED = 128 + signal.SIGINT


@click.command(cls=Command)
@click.argument("topic", type=TopicParam())
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    default=_STANDARD_INPUT,
)
@mapping_options
@file_format_options
@click.option("--source", metavar="NAME", help="The source of documents that name none.")
@click.option("--lang", metavar="TAG", help="The language of documents that name none, such as zh.")
@create_option
@click.option("--lines", is_flag=True, help="Read every line as a text, even one that begins {.")
def feed(
    topic: str,
    file: Path,
    mapping: SourceMapping,
    file_format: FileFormat,
    source: str | None,
    lang: str | None,
    create: bool,
    lines: bool,
) -> None:
    """Send documents to the Kafka TOPIC from FILE, or from standard input.

    FILE is .jsonl, .json, .csv, .tsv, .parquet or .txt, also compressed: .jsonl.gz, .csv.zst. On
    standard input a line that begins with { is a JSON document, any other line is a text; JSON over
    several lines, and CSV with a header, are read as such files are. A text or a title is needed;
    id, published_at, source, lang, url, author and entities are used where they are there. Times
    carry a zone, or are of --timezone.

    \b
      echo "Acme warns on profit" | petrel feed news.raw.v1 --source desk
      petrel feed social.raw.v1 tweets.jsonl --mapping twitter-v1
      petrel feed news.raw.v1 dump.csv --field text=body --timezone UTC
      petrel feed news.raw.v1 archive.csv.gz --encoding gb18030
      petrel feed desk.raw.v1 day.csv --create
      tail -F wire.log | petrel feed news.raw.v1 --lines

    Without --field, --mapping, --timezone, --source and --lang, lines of JSON are sent as they are,
    byte for byte: a worker sets aside those that are no document. A row that cannot be read is
    reported, the next one is sent, and the exit status is 1.
    """
    settings = start_up()
    from stream.clients.destination import find_destination
    from stream.clients.feed import FeedOptions

    mapping = replace(mapping, source=source, lang=lang, records=file_format.records)
    options = FeedOptions(mapping=mapping, lines=lines, file_format=file_format)
    # Not sys.stdin: at exit Python would wait for the thread that reads from it.
    stdin = os.fdopen(0, "rb", closefd=False) if str(file) == _STANDARD_INPUT else None
    named = settings.topics.named(topic)
    asyncio.run(find_destination(settings, named, create=create))
    _feed(settings, named, stdin or file, options)


def _feed(settings: Settings, topic: str, source: Path | BinaryIO, options: "FeedOptions") -> None:
    from petrel.console.meter import Meter
    from stream.clients import feed as feed_client

    errors = 0
    is_terminal = not isinstance(source, Path) and source.isatty()
    if is_terminal:
        click.echo("One document a line; Ctrl-D ends.", err=True)
    with Meter("documents", bar=not is_terminal) as meter:

        def report_error(error: object) -> None:
            nonlocal errors
            errors += 1
            meter.echo(f"not fed: {error}", err=True)

        records = feed_client.records(source, topic, options, report_error)
        result = asyncio.run(feed_client.feed(settings, topic, records, meter.show, report_error))
    click.echo(f"fed {result.sent} documents to {topic}")
    if result.interrupted:
        raise SystemExit(_INTERRUPTED)
    if errors:
        raise click.ClickException(f"rows that were not fed: {errors}")
