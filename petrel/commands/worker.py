"""The commands `petrel worker` and `petrel config`."""

import asyncio
import logging
import os
from pathlib import Path

import click

from petrel.console.command import Command
from petrel.console.options import model_options
from petrel.console.param_types import TopicParam
from petrel.console.startup import check_files, load_settings, warn_of_unknown_settings
from stream import log
from stream.settings import Settings, described, environment, masked, unknown


@click.command(cls=Command)
@model_options
@click.option(
    "--input",
    "inputs",
    multiple=True,
    type=TopicParam(),
    help="A Kafka topic of documents. Repeatable.  [PETREL_INPUTS]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes; one that fails is restarted.",
)
def worker(
    model: Path | None, watchlist: Path | None, inputs: tuple[str, ...], workers: int
) -> None:
    """Read documents from Kafka, score them, count them, raise alerts. Runs until stopped.

    Kafka topics that are missing are created. Any number of workers share the partitions, on one
    machine or many. When a worker is stopped or killed, the others continue where it was.

    \b
      petrel worker --model models/starter --watchlist watchlist.yaml
      petrel worker --input wires.raw.v1 --input social.raw.v1 --workers 4

    If Kafka does not answer, the worker waits for up to a minute and then fails.

    With Ctrl-C or SIGTERM it finishes the records it holds and ends. Logs go to standard error, as
    JSON unless PETREL_LOG_FORMAT is text.
    """
    settings = load_settings(model=model, watchlist=watchlist, inputs=inputs or None)
    log.set_up(settings.log_level, settings.log_format, settings.worker)
    for sentence in unknown():
        logging.getLogger(__name__).warning(sentence)
    check_files(settings)
    if workers > 1:
        _supervise(settings, workers)
    else:
        _run(settings)


def _run(settings: Settings) -> None:
    from bundle.classifier import Classifier
    from stream.scoring.model_trial import try_model
    from stream.watchdog import hang_timer
    from stream.watchlist.watchlist import Watchlist
    from stream.worker import STALL_SECONDS, Worker, run
    from stream.worker_log import tell_start

    # Before the model, which takes seconds: what is wrong is told at once.
    partitions = asyncio.run(_await_servers(settings))
    watchlist = Watchlist.load(settings.watchlist) if settings.watchlist else Watchlist.empty()
    classifier = Classifier.load(settings.model, settings.threads)
    tell_start(settings, classifier, watchlist)
    with hang_timer(STALL_SECONDS):
        try_model(classifier)
    run(Worker(settings, classifier, watchlist, partitions))


def _supervise(settings: Settings, workers: int) -> None:
    from stream.supervisor import supervise

    asyncio.run(_await_servers(settings))
    supervise(workers, environment(settings))


async def _await_servers(settings: Settings) -> dict[str, int]:
    """Wait for Kafka and Redis; gives the partitions of each Kafka topic."""
    from stream.counting.redis_client import await_redis
    from stream.kafka import await_topics

    partitions = await await_topics(settings)
    await await_redis(settings)
    return partitions


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="As JSON: name, value and meaning of each.")
def config(as_json: bool) -> None:
    """Show every setting and its value in force. Secrets are masked.

    Settings are read from the environment, under the names shown here:

    \b
      petrel config
      PETREL_STALE=7200 petrel config | grep -B1 STALE

    Variables that begin with PETREL_ and are no setting are named on standard error.
    """
    settings = load_settings()
    warn_of_unknown_settings()
    values, meanings = masked(settings), described()
    if as_json:
        import orjson

        rows = [{"name": n, "value": v, "meaning": meanings[n]} for n, v in values.items()]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    for name, value in values.items():
        click.echo(click.style(f"# {meanings[name]}", dim=True))
        click.echo(click.style(name, bold=name in os.environ) + f"={value}")
