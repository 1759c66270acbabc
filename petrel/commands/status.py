"""The command `petrel status`."""

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command
from petrel.console.startup import start_up
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.clients.status.group import LastScored
    from stream.clients.status.report import Status


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every partition.")
def status(as_json: bool) -> None:
    """Show how the stream is: workers, lag, watermark, model, dead letters, alerts, learning.

    It asks Kafka and Redis, and needs no worker; nothing is written. The lag is of records that
    the workers have not done with, in seconds since the oldest of them came. The watermark is up to
    when windows are closed: while nothing comes it stands still, and nothing waits. Model and
    watch list are those of the document that was scored last. A key that is learning raises no
    alert until PETREL_SPIKE_HISTORY minutes after its first document, since what is usual of it is
    not known before. Members of an open group are among the open alerts.

    \b
      petrel status
      petrel status --json | jq .problems
      petrel status > petrel.txt || mail -s petrel desk@example.org < petrel.txt

    The exit status is 1 when something is wrong: Kafka or Redis is away, a Kafka topic is missing,
    no worker runs or reads a partition, a record has waited for five minutes, or windows have.
    """
    from stream.clients.status.report import read_status

    settings = start_up()
    found = asyncio.run(read_status(settings))
    if as_json:
        click.echo(_json(found))
    else:
        _show(settings, found)
    if found.problems:
        sys.exit(1)


def _json(status: "Status") -> bytes:
    from schemas.codec import encode

    return encode(status)


def _show(settings: Settings, status: "Status") -> None:
    from petrel.console.display import terminal_width
    from petrel.console.status_table import status_lines, watchlist_words

    last = status.kafka.last_scored if status.kafka else None
    words = watchlist_words(last, _known(settings, last)) if last else ""
    for line in status_lines(status, words, terminal_width()):
        click.echo(line)


def _known(settings: Settings, last: "LastScored") -> str | None:
    """What is known here of the watch list that is in force."""
    from stream.watchlist.errors import WatchlistError
    from stream.watchlist.watchlist import Watchlist

    if settings.watchlist is None:
        return None
    with suppress(WatchlistError):
        here = Watchlist.load(settings.watchlist)
        if here.version == last.watchlist:
            companies = "company" if here.size == 1 else "companies"
            return f"{here.size:,} {companies}: {settings.watchlist}"
    return f"which {settings.watchlist} here is not"
