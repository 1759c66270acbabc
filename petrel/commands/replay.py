"""The command `petrel replay`."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
from msgspec.structs import replace

from petrel.console.command import Command
from petrel.console.company_names import CompanyNames
from petrel.console.options import file_format_options, mapping_options, model_options
from petrel.console.param_types import OutputFileParam, SpeedParam, TimeParam
from petrel.console.startup import check_files, start_up
from schemas.codec import encode
from sources.files.file_format import FileFormat
from sources.files.row import raise_error
from sources.mapping.source_mapping import SourceMapping
from stream.clients.replay.options import OutputFormat, ReplayOptions
from stream.settings import Settings

if TYPE_CHECKING:
    from schemas.alert import AnyAlert
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
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write the scored documents, windows, alerts and groups into.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(get_args(OutputFormat)),
    default="jsonl",
    show_default=True,
    help="Of the files in --output.",
)
@click.option(
    "--report",
    type=OutputFileParam(),
    help="HTML file, whole in itself: each key over time, its alerts and their documents.",
)
@click.option("--keep", is_flag=True, help="Keep the replay's Kafka topics and Redis keys.")
@click.option(
    "--log",
    "log_file",
    type=OutputFileParam(),
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
    output: Path | None,
    output_format: OutputFormat,
    report: Path | None,
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
      petrel replay day.csv --output results --format parquet
      petrel replay --clean replay-1f9a03bc

    Alerts are shown as they come. It ends when all is processed, with a summary; --output has then
    a file of scored documents, one of windows, one of alerts and one of group alerts, each record
    once, by its time.

    The exit status is 1 when no document was scored, or one neither scored nor set aside as a dead
    letter, or when a row of the file could not be read: such a row is reported, and the next one is
    replayed. Dead letters are kept.
    """
    settings = start_up(model=model, watchlist=watchlist, partitions=partitions)
    if clean is not None:
        _clean(settings, clean)
        return
    if source is None:
        raise click.UsageError("name what to replay, FILE or kafka:TOPIC, or --clean NAMESPACE")
    check_files(settings)
    with _workers_log(log_file) as path, _folder(output, report) as folder:
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
            output=output,
            output_format=output_format,
        )
        printer = _AlertPrinter(CompanyNames.load(settings))
        summary = _replay(settings, replace(options, output=folder), None if as_json else printer)
        _write_report(report, settings, options, folder)
    if as_json:
        click.echo(encode(summary))
    else:
        for alert in summary.told:
            printer.show(alert)
        _show_summary(summary, options)
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


@contextmanager
def _folder(output: Path | None, report: Path | None) -> Iterator[Path | None]:
    """Where the results go: `output`, or what is gone at the end if only a report needs them."""
    if output or not report:
        yield output
        return
    with tempfile.TemporaryDirectory(prefix="petrel-replay-") as folder:
        yield Path(folder)


def _write_report(
    path: Path | None, settings: Settings, options: ReplayOptions, folder: Path | None
) -> None:
    if path is None or folder is None:
        return

    from petrel.report.content import gather
    from petrel.report.page import html
    from stream.clients.backtest.runner import run_backtest

    scored = str(folder / f"scored.{options.output_format}")
    # What was written can be read.
    result = run_backtest(settings, scored, raise_error)
    report = gather(settings, scored, result)
    path.write_text(html(replace(report, title=options.source)), "utf-8")


class _AlertPrinter:
    """Prints each alert once: as it comes, or at the end."""

    def __init__(self, names: CompanyNames) -> None:
        self._names = names
        self._shown: set[str] = set()

    def show(self, alert: "AnyAlert", echo: Callable[[str], None] = click.echo) -> None:
        """Print `alert`, if it has not been, by `echo`."""
        from petrel.console.display import any_alert_block, terminal_width

        if alert.id not in self._shown:
            echo(any_alert_block(alert, terminal_width(), self._names.of) + "\n")
            self._shown.add(alert.id)


def _replay(
    settings: Settings, options: ReplayOptions, printer: _AlertPrinter | None
) -> "ReplaySummary":
    from petrel.console.meter import Meter
    from stream.clients.replay import runner

    with Meter("documents") as meter:
        return runner.replay(
            settings,
            options,
            lambda progress: meter.show(progress.finished, progress.total),
            None if printer is None else lambda alert: printer.show(alert, meter.echo),
        )


def _show_summary(summary: "ReplaySummary", options: ReplayOptions) -> None:
    click.echo(f"{summary.documents} documents of {options.source} in {summary.seconds:.1f} s")
    click.echo(
        f"  {summary.scored} scored, {summary.dead_letters} dead letters, {summary.missing}"
        f" missing; {summary.repeats} repeats, {summary.stale} stale"
    )
    opened = sum(alert.transition == "open" for alert in summary.told)
    click.echo(f"  {summary.windows} windows, {opened} alerts")
    for trouble in _troubles(summary):
        click.echo(f"  {trouble}")
    environment = f"PETREL_NAMESPACE={summary.namespace}"
    if summary.dead_letters:
        click.echo(f"  dead letters: {environment} petrel dlq list {summary.topic}")
    if options.output is not None:
        kind = options.output_format
        click.echo(f"  in {options.output}: scored, windows, alerts and groups .{kind}")
    if options.keep:
        click.echo(f"  kept: {environment} petrel alerts")
    if options.keep or summary.dead_letters:
        click.echo(f"  all gone with: petrel replay --clean {summary.namespace}")


def _troubles(summary: "ReplaySummary") -> Iterator[str]:
    if summary.unread:
        yield f"{summary.unread} rows of the file could not be read"
    if summary.worker_failures:
        yield f"workers failed {summary.worker_failures} times and were started again"
    for reason in summary.reasons:
        yield f"{reason.count} × {reason.example}"
