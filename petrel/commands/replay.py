"""The command `petrel replay`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from petrel.console.command import Command
from petrel.console.options import file_format_options, mapping_options, model_options
from petrel.console.param_types import SpeedParam, TimeParam
from petrel.console.startup import check_files, start_up
from sources.files.file_format import FileFormat
from sources.mapping.source_mapping import SourceMapping
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.clients.replay.options import ReplayOptions
    from stream.clients.replay.summary import ReplaySummary


@click.command(cls=Command)
@click.argument("source", metavar="FILE|kafka:TOPIC", required=False)
@mapping_options
@file_format_options
@click.option("--from", "start", type=TimeParam(), help="Leave out what is older.")
@click.option("--until", "end", type=TimeParam(), help="Leave out what is as old or newer.")
@click.option(
    "--speed",
    type=SpeedParam(),
    default="max",
    show_default=True,
    help="`real`, a number (60: an hour in a minute) or `max`: as fast as possible.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Replay the rows of a file in their order, N in a second of event time, whatever times"
    " they have.",
)
@model_options
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--partitions",
    type=click.IntRange(1, 1024),
    help="Partitions of the replay's Kafka topics.  [PETREL_PARTITIONS]",
)
@click.option("--keep", is_flag=True, help="Keep the replay's Kafka topics and Redis keys.")
@click.option(
    "--log",
    "log_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the workers write their log. By default it is kept only when they fail.",
)
@click.option(
    "--clean", metavar="NAMESPACE", help="Remove what the replay of that namespace left behind."
)
@click.option("--json", "as_json", is_flag=True, help="The summary and all alerts as JSON.")
def replay(
    source: str | None,
    mapping: SourceMapping,
    file_format: FileFormat,
    start: datetime | None,
    end: datetime | None,
    speed: float | None,
    rate: float | None,
    model: Path | None,
    watchlist: Path | None,
    workers: int,
    partitions: int | None,
    keep: bool,
    log_file: Path | None,
    clean: str | None,
    as_json: bool,
) -> None:
    """Run past documents through workers of their own, and show the alerts they raise.

    The documents come from a file, of the kinds that petrel feed takes, or from a Kafka topic. A
    replay has Kafka topics and Redis keys of its own: live ones are not touched. They are removed
    at its end, also when it fails or is interrupted. Windows and alerts go by the time at which the
    desk could know: the timestamp of a Kafka record; of a row of a file its `arrived_at`, else its
    `published_at`. So they are the same at any speed.

    \b
      petrel replay tweets.jsonl --mapping twitter-v1 --workers 2
      petrel replay headlines.txt --rate 10
      petrel replay kafka:news.raw.v1 --from 7d --watchlist new.yaml
      petrel replay day.csv --speed 60 --keep
      petrel replay --clean replay-1f9a03bc

    It ends when all is processed, with a summary. The exit status is 1 when no document was
    scored, or one neither scored nor set aside as a dead letter, or when a row of the file could
    not be read: such a row is reported, and the next one is replayed. Dead letters are kept.
    """
    from stream.clients.replay.options import ReplayOptions

    settings = start_up(model=model, watchlist=watchlist, partitions=partitions)
    if clean is not None:
        _clean(settings, clean)
        return
    if source is None:
        raise click.UsageError("name what to replay, FILE or kafka:TOPIC, or --clean NAMESPACE")
    check_files(settings)
    with _workers_log(log_file) as path:
        options = ReplayOptions(
            source=source,
            mapping=replace(mapping, records=file_format.records),
            rate=rate,
            file_format=file_format,
            start=start,
            end=end,
            speed=speed,
            workers=workers,
            keep=keep,
            log=path,
        )
        summary = _replay(settings, options)
    _show_summary(summary, source, keep=keep, as_json=as_json)
    if summary.missing:
        raise click.ClickException(f"{summary.missing} documents are missing")
    if not summary.scored:
        raise click.ClickException("no document was scored")
    if summary.unread:
        raise click.ClickException(f"rows that were not replayed: {summary.unread}")


def _clean(settings: Settings, namespace: str) -> None:
    import asyncio

    from stream.clients.replay.clean_up import clean_up

    removed = asyncio.run(clean_up(settings, namespace))
    click.echo(
        f"removed {removed.kafka_topics} Kafka topics and {removed.redis_keys} Redis keys"
        f" of {namespace}"
    )


@contextmanager
def _workers_log(path: Path | None) -> Iterator[Path]:
    """`path`, or a file that is deleted unless the workers fail: then the error names it."""
    from stream.supervisor import WorkersFailed

    if path is not None:
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="petrel-replay-"))
    keep = False
    try:
        yield folder / "workers.log"
    except WorkersFailed:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder)


def _replay(settings: Settings, options: "ReplayOptions") -> "ReplaySummary":
    from petrel.console.meter import Meter
    from stream.clients.replay import runner

    with Meter("documents") as meter:
        return runner.replay(
            settings, options, lambda progress: meter.show(progress.finished, progress.total)
        )


def _show_summary(summary: "ReplaySummary", source: str, *, keep: bool, as_json: bool) -> None:
    from petrel.console.display import alert_block, terminal_width
    from schemas.codec import encode

    if as_json:
        click.echo(encode(summary))
        return
    for alert in sorted(summary.alerts, key=lambda one: one.at):
        click.echo(alert_block(alert, terminal_width()) + "\n")
    click.echo(f"{summary.documents} documents of {source} in {summary.seconds:.1f} s")
    click.echo(
        f"  {summary.scored} scored, {summary.dead_letters} dead letters, {summary.missing}"
        f" missing; {summary.repeats} repeats, {summary.stale} stale"
    )
    opened = sum(alert.transition == "open" for alert in summary.alerts)
    click.echo(f"  {summary.windows} windows, {opened} alerts")
    for trouble in _troubles(summary):
        click.echo(f"  {trouble}")
    environment = f"PETREL_NAMESPACE={summary.namespace}"
    if summary.dead_letters:
        click.echo(f"  dead letters: {environment} petrel dlq list {summary.topic}")
    if keep:
        click.echo(f"  kept: {environment} petrel alerts")
    if keep or summary.dead_letters:
        click.echo(f"  all gone with: petrel replay --clean {summary.namespace}")


def _troubles(summary: "ReplaySummary") -> Iterator[str]:
    if summary.unread:
        yield f"{summary.unread} rows of the file could not be read"
    if summary.worker_failures:
        yield f"workers failed {summary.worker_failures} times and were started again"
    for reason in summary.reasons:
        yield f"{reason.count} × {reason.example}"
