"""`petrel demo`: the whole of Petrel on one machine, on a sample day."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from petrel.embedded import EmbeddedError, embedded_kafka, embedded_redis
from schemas import Alert, ScoredDocument, SentimentWindow, decode
from schemas.alert import Transition
from schemas.times import EPOCH
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.runner import namespaced, run_replay
from stream.clients.replay.summary import ReplaySummary
from stream.kafka import consumer
from stream.settings import Settings, load

_SAMPLE = resources.files("petrel") / "sample"
_COLOURS = {"negative": "red", "neutral": "dim", "positive": "green"}
_MARKS: dict[Transition, str] = {"open": "▲", "escalate": "▲▲", "resolve": "▽"}

# Of the day's documents one in so many is shown: enough to follow, not so many that alerts drown.
_SHOW_EVERY = 9


@click.command()
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    default=Path("models/starter"),
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
        settings = _start(servers, model)
        console.print(
            f"Kafka {settings.kafka_bootstrap}, Redis {settings.redis_url.get_secret_value()}"
        )
        _heading(console, "3", f"A sample day, {speed:g} times as fast as the clock")
        summary = asyncio.run(_watch(console, settings, speed))
    _heading(console, "4", "What came of it")
    _print_summary(console, summary)


def _train(console: Console, model: Path) -> None:
    if (model / "petrel.json").is_file():
        console.print(f"{model} is there already.")
        return
    console.print(f"Training on the starter corpus, into {model}; a minute or three.")
    command = [sys.executable, "-m", "petrel", "train", "--output", str(model)]
    if subprocess.run(command, check=False).returncode:
        raise click.ClickException("the starter model could not be trained; see above")


def _start(servers: ExitStack, model: Path) -> Settings:
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


async def _watch(console: Console, settings: Settings, speed: float) -> ReplaySummary:
    options = ReplayOptions(source=str(_SAMPLE / "day.jsonl"), speed=speed)
    own = namespaced(settings, options)
    show = _Show(console)
    viewers = [
        asyncio.create_task(_follow(own, topic, take))
        for topic, take in (
            (own.topics.scored, show.document),
            (own.topics.windows, show.window),
            (own.topics.alerts, show.alert),
        )
    ]
    try:
        return await run_replay(settings, own, options, lambda _: None)
    finally:
        for viewer in viewers:
            viewer.cancel()
        await asyncio.gather(*viewers, return_exceptions=True)


async def _follow(settings: Settings, topic: str, take: Callable[[bytes], None]) -> None:
    while True:
        try:
            async with consumer(settings, topic) as reader:
                async for message in reader:
                    if message.value is not None:
                        take(message.value)
        except KafkaError:
            # The replay creates its Kafka topics a moment after this begins to look for them.
            await asyncio.sleep(0.2)


class _Show:
    """Prints what passes by: some documents, an hourly line of windows, every alert."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._documents = 0
        self._shown_until = EPOCH

    def document(self, value: bytes) -> None:
        """Show one document in a few."""
        self._documents += 1
        if self._documents % _SHOW_EVERY:
            return
        scored = decode(value, ScoredDocument)
        label = scored.sentiment.label
        line = Text(f"{_clock(scored.published_at)}  ")
        line.append(f"{label:8} {getattr(scored.sentiment, label):4.2f}  ", _COLOURS[label])
        names = ", ".join(dict.fromkeys(e.name for e in scored.entities if e.origin != "model"))
        line.append(f"{names or '-':24.24}  ", "bold")
        line.append(f"copy of {scored.novelty.first}  " if scored.novelty.first else "", "dim")
        line.append(_printable(scored.text))
        self._print(line)

    def window(self, value: bytes) -> None:
        """Show the hour's window over all documents when a new hour begins."""
        window = decode(value, SentimentWindow)
        if window.kind != "all" or window.size != "1h" or not window.documents:
            return
        if window.end < self._shown_until + timedelta(hours=1):
            return
        self._shown_until = window.end.replace(minute=0)
        self._print(
            Text(
                f"{_clock(window.end)}  the hour before: {window.documents} documents,"
                f" {window.negative} negative, {window.positive} positive,"
                f" mean {window.sentiment:+.2f}",
                "cyan",
            )
        )

    def alert(self, value: bytes) -> None:
        """Show an alert with its numbers and what tells most."""
        alert = decode(value, Alert)
        colour = "green" if alert.transition == "resolve" else "bold white on red"
        head = f" {_MARKS[alert.transition]} {alert.transition.upper()} {alert.subject} "
        line = Text(f"{_clock(alert.at)}  ")
        line.append(head, colour)
        line.append(
            f"  {alert.severity}, score {alert.score}: {alert.distinct} negative texts of"
            f" {alert.window.documents} in {alert.window.size}, expected"
            f" {alert.baseline.negative:.2f}"
        )
        self._print(line)
        if alert.transition != "resolve":
            for evidence in alert.documents[:2]:
                self._print(Text(f"           “{_printable(evidence.text)}”", "red"))

    def _print(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ellipsis")


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
    for alert in sorted(summary.alerts, key=lambda one: one.at):
        console.print(
            f"{_clock(alert.at)} {alert.transition:8} {alert.kind} {alert.subject}"
            f" ({alert.severity}, score {alert.score})"
        )
    opened = sum(alert.transition == "open" for alert in summary.alerts)
    console.print(f"\n{opened} alerts were raised. Next: petrel --help, and the README.")


def _heading(console: Console, number: str, text: str) -> None:
    console.print(f"\n[bold]{number}. {text}[/bold]")


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
