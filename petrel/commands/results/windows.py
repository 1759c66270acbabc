"""The command `petrel windows`."""

import asyncio
from datetime import datetime
from typing import get_args

import click

from petrel.console.command import Command
from petrel.console.param_types import KeyParam, TimeParam
from petrel.console.startup import start_up
from stream.windows.buckets import Size


@click.command(cls=Command)
@click.argument("key", type=KeyParam())
@click.option(
    "--size",
    type=click.Choice(get_args(Size)),
    default="1h",
    show_default=True,
    help="How long the windows are.",
)
@click.option(
    "--since", type=TimeParam(), help="Leave out what is older: a time, or 90s, 30m, 2h, 7d."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, as in Kafka.")
def windows(key: str, size: Size, since: datetime | None, as_json: bool) -> None:
    """Show the windows of KEY: documents, negative ones and mean sentiment over time.

    KEY is entity:ID, topic:ID, source:NAME or all:all. Windows overlap: one of an hour ends every
    five minutes, if documents came since the one before. Where several end in one column, the one
    with the most negative documents is drawn. Times are those of the ends, in UTC.

    \b
      petrel windows entity:kelvarra-cells
      petrel windows all:all --size 5m --since 6h
      petrel windows topic:earnings --json | jq .sentiment

    They are those that Kafka still has; a window that is emitted again replaces the one before.
    """
    from petrel.console.company_names import CompanyNames
    from petrel.console.display import format_time, terminal_width
    from petrel.console.window_curve import window_curve
    from stream.clients.results.window_reader import read_windows

    settings = start_up()
    found = asyncio.run(read_windows(settings, key, size))
    shown = [one for one in found if since is None or one.record.end >= since]
    if not shown:
        end = format_time(found[-1].record.end)
        click.echo(f"no window since then: the last one ends at {end}", err=True)
    elif as_json:
        for _, value in shown:
            click.echo(value)
    else:
        drawn = [window for window, _ in shown]
        name = CompanyNames.load(settings).of(drawn[0].kind, drawn[0].subject)
        for line in window_curve(drawn, terminal_width(), name):
            click.echo(line)
