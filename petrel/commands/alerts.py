"""The command `petrel alerts`."""

import asyncio
from contextlib import suppress
from datetime import datetime

import click

from petrel.console.command import Command
from petrel.console.following import is_there, until_interrupted
from petrel.console.param_types import TimeParam
from petrel.console.startup import start_up
from stream.settings import Settings


@click.command(cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Continue with new alerts, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, as in Kafka.")
@click.option(
    "--since", type=TimeParam(), help="Leave out what is older: a time, or 90s, 30m, 2h, 7d."
)
def alerts(follow: bool, as_json: bool, since: datetime | None) -> None:
    """Show the alerts: each time one opens, escalates, or resolves.

    Without --follow it shows those in Kafka and ends. Times are those of the documents. An alert
    says how many documents in its window are negative and how many distinct stories these tell,
    how many stories and which negative share are usual, and what came first of what is shown.
    Companies have their names beside their ids where PETREL_WATCHLIST says which list has them.

    \b
      petrel alerts --since 2h
      petrel alerts --follow
      petrel alerts --follow --json | jq 'select(.severity == "critical")'

    A key raises none before PETREL_SPIKE_HISTORY minutes have passed since its first document; with
    nothing to show it is said how many keys are still learning. `petrel status` names them.

    An alert may come twice when a worker was killed: its id is then the same. With --json both
    are shown.
    """
    settings = start_up()
    with until_interrupted(follow=follow):
        asyncio.run(_alerts(settings, follow=follow, as_json=as_json, since=since))


async def _alerts(
    settings: Settings, *, follow: bool, as_json: bool, since: datetime | None
) -> None:
    from petrel.console.company_names import CompanyNames
    from petrel.console.display import any_alert_block, terminal_width
    from stream.clients.alert_reader import SeenAlerts, read_alerts

    topic = settings.topics.alerts
    if not await is_there(settings, topic, "no alerts yet", follow=follow):
        return
    if follow:
        await _tell_learning(settings)
    names = CompanyNames.load(settings)
    seen, any_shown = SeenAlerts(), False
    async for alert, value in read_alerts(settings, follow=follow, since=since):
        if as_json:
            click.echo(value)
        elif seen.is_new(alert):
            click.echo(any_alert_block(alert, terminal_width(), names.of) + "\n")
        any_shown = True
    if not any_shown:
        click.echo("no alerts yet" if since is None else "no alerts since then", err=True)
        await _tell_learning(settings)


async def _tell_learning(settings: Settings) -> None:
    """Say how many keys may not alert yet; without Redis, that is not known."""
    from petrel.console.status_table import learning_sentence
    from stream.clients.status.counts import RedisUnavailable, read_counts

    with suppress(RedisUnavailable):
        counts = await read_counts(settings)
        if counts.learning:
            click.echo(learning_sentence(counts), err=True)
