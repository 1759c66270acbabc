"""The command `petrel scored`."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command
from petrel.console.following import is_there, until_interrupted
from petrel.console.startup import start_up
from schemas.scored import LABELS, Label
from stream.settings import Settings

if TYPE_CHECKING:
    from schemas.scored import ScoredDocument
    from stream.clients.results.scored_filter import ScoredFilter

# More are for `--json` and a consumer of one's own.
_MAX_LAST = 10_000


@click.command(cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Continue with new documents, until Ctrl-C.")
@click.option(
    "-n",
    "--last",
    type=click.IntRange(0, _MAX_LAST),
    default=10,
    show_default=True,
    help="How many of those in Kafka.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, as in Kafka.")
@click.option(
    "--company", "companies", multiple=True, metavar="ID|NAME", help="Only about it. Repeatable."
)
@click.option(
    "--sentiment",
    "sentiments",
    multiple=True,
    type=click.Choice(LABELS),
    help="Only of this sentiment. Repeatable.",
)
@click.option(
    "--topic", "topics", multiple=True, metavar="ID", help="Only on this topic. Repeatable."
)
def scored(
    follow: bool,
    last: int,
    as_json: bool,
    companies: Sequence[str],
    sentiments: Sequence[Label],
    topics: Sequence[str],
) -> None:
    """Show scored documents: time, sentiment, companies, text and id, one a line.

    The time is the one that counts: when the document arrived. The sentiment is the likeliest
    class, with its probability. The day and the model stand above the lines that have them.
    Companies are those of the watch list and those that the sender named, with the
    ids that are not just the name with hyphens.

    \b
      petrel scored -n 50
      petrel scored --follow --company kelvarra-cells --sentiment negative
      petrel scored --json --topic earnings | jq .sentiment

    A document may come twice when a worker was killed. Of each partition the last 100,000 records
    are looked through.
    """
    from stream.clients.results.scored_filter import ScoredFilter

    settings = start_up()
    wanted = ScoredFilter(frozenset(companies), frozenset(sentiments), frozenset(topics))
    with until_interrupted(follow=follow):
        asyncio.run(_scored(settings, wanted, last, follow=follow, as_json=as_json))


async def _scored(
    settings: Settings, wanted: "ScoredFilter", last: int, *, follow: bool, as_json: bool
) -> None:
    from stream.clients.results.scored_reader import read_scored

    topic = settings.topics.scored
    if not await is_there(settings, topic, "nothing is scored yet", follow=follow):
        return
    printer = _Printer()
    async for document, value in read_scored(settings, wanted, last, _tell_none, follow=follow):
        if as_json:
            click.echo(value)
        else:
            printer.show(document)


def _tell_none(near: str) -> None:
    click.echo(f"no scored document like that{near}", err=True)


class _Printer:
    """Prints documents, and above them their day and model when it is not the one before."""

    def __init__(self) -> None:
        self._heading = ""

    def show(self, document: "ScoredDocument") -> None:
        from petrel.console.display import terminal_width
        from petrel.console.scored_line import scored_heading, scored_line

        heading = scored_heading(document)
        if heading != self._heading:
            click.secho(heading, dim=True)
            self._heading = heading
        click.echo(scored_line(document, terminal_width()))
