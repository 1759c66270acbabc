"""The command `petrel demo`: all of Petrel on one machine, on a sample day."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from petrel.console.company_names import CompanyNames
from petrel.console.from_here import program
from petrel.console.stream_printer import StreamPrinter, clock
from petrel.embedded import EmbeddedError, embedded_kafka, embedded_redis
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.runner import namespaced, run_replay
from stream.clients.replay.summary import ReplaySummary
from stream.kafka import consumer
from stream.settings import DEFAULT_MODEL, Settings, load

_SAMPLE = resources.files("petrel") / "sample"


@click.command()
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    default=DEFAULT_MODEL,
    show_default=True,
    help="The bundle's folder; the starter model is trained there when it is missing.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1),
    default=900.0,
    show_default=True,
    help="Times faster than the clock; the sample day is sixteen hours long.",
)
def demo(model: Path, speed: float) -> None:
    """Show Petrel at work: train, stream a sample day, raise alerts.

    Starts a memory-only Kafka broker and a Redis on free ports, trains the starter model unless
    it is there, and replays a day on which two of ten invented companies get into trouble. Needs
    no Docker, no Java and no model hub, and leaves nothing running.
    """
    console = Console(highlight=False)
    _heading(console, "1", "The starter model")
    _train(console, model)
    with ExitStack() as servers:
        _heading(console, "2", "A Kafka broker and a Redis, in memory, on free ports")
        settings = _start_servers(servers, model)
        console.print(
            f"Kafka {settings.kafka_bootstrap}, Redis {settings.redis_url.get_secret_value()}"
        )
        _heading(console, "3", f"A sample day, {speed:g} times as fast as the clock")
        summary = asyncio.run(_replay(console, settings, speed))
    _heading(console, "4", "What came of it")
    _print_summary(console, summary)


def _train(console: Console, model: Path) -> None:
    if (model / "petrel.json").is_file():
        console.print(f"{model} is there already.")
        return
    console.print(f"Training on the starter corpus, into {model}; a minute or three.")
    command = [sys.executable, "-P", "-m", "petrel", "train", "--output", str(model)]
    if subprocess.run(command, check=False).returncode:
        raise click.ClickException("the starter model could not be trained; see above")


def _start_servers(servers: ExitStack, model: Path) -> Settings:
    try:
        return load(
            kafka_bootstrap=servers.enter_context(embedded_kafka()),
            kafka_idempotence=False,
            redis_url=servers.enter_context(embedded_redis()),
            model=model.resolve(),
            watchlist=Path(str(_SAMPLE / "watchlist.yaml")),
            log_level="WARNING",
            log_format="text",
        )
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from None


async def _replay(console: Console, settings: Settings, speed: float) -> ReplaySummary:
    options = ReplayOptions(source=str(_SAMPLE / "day.jsonl"), speed=speed, workers=1)
    own = namespaced(settings, options)
    printer = StreamPrinter(console, CompanyNames.load(own))
    readers = [
        asyncio.create_task(_follow(own, topic, print_value))
        for topic, print_value in (
            (own.topics.scored, printer.document),
            (own.topics.windows, printer.window),
            (own.topics.alerts, printer.alert),
        )
    ]
    try:
        return await run_replay(settings, own, options, lambda _: None)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _follow(settings: Settings, topic: str, print_value: Callable[[bytes], None]) -> None:
    while True:
        try:
            async with consumer(settings, topic) as reader:
                async for message in reader:
                    if message.value is not None:
                        print_value(message.value)
        except KafkaError:
            # The replay creates its Kafka topics a moment after this begins to read them.
            await asyncio.sleep(0.2)


def _print_summary(console: Console, summary: ReplaySummary) -> None:
    table = Table(show_header=False, box=None)
    for name, value in (
        ("documents in", summary.documents),
        ("scored, each once", summary.scored),
        ("set aside as dead letters", summary.dead_letters),
        ("missing", summary.missing),
        ("windows emitted", summary.windows),
        ("seconds", summary.seconds),
    ):
        table.add_row(name, str(value))
    console.print(table)
    for alert in summary.told:
        console.print(
            f"{clock(alert.at)} {alert.transition:8} {alert.kind} {alert.subject}"
            f" ({alert.severity}, score {alert.score})"
        )
    opened = sum(alert.transition == "open" for alert in summary.told)
    console.print(
        f"\n{opened} alerts were raised. To see one live, start here; it says what next:\n"
    )
    console.print(f"{program()} dev", markup=False, soft_wrap=True)


def _heading(console: Console, number: str, text: str) -> None:
    console.print(f"\n[bold]{number}. {text}[/bold]")
