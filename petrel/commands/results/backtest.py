"""The command `petrel backtest`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from petrel.console.command import Command
from petrel.console.param_types import OutputFileParam, SweepParam
from petrel.console.startup import start_up
from stream.settings import Settings

if TYPE_CHECKING:
    from schemas.alert import AnyAlert
    from sources.files.row import RowError
    from stream.backtest.known_events import KnownEvent
    from stream.clients.backtest.runner import BacktestResult
    from stream.clients.backtest.sweep import Trial


@click.command(cls=Command)
@click.argument("source", metavar="FILE|kafka:TOPIC")
@click.option(
    "--events",
    "events_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Known events, a table with the columns key, start and end: what of the alerts is right,"
    " what is told, and how late.",
)
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    type=SweepParam(),
    metavar="NAME=V,V,…",
    help="Try these values of a setting (PETREL_SPIKE_SMALLEST=2,3,5). Repeatable: then each"
    " combination.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="Backtests of a sweep at a time. Default: one a core.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write the alerts into: alerts.jsonl, and groups.jsonl of many companies.",
)
@click.option(
    "--report",
    type=OutputFileParam(),
    help="HTML file, whole in itself: each key over time, its alerts and their documents.",
)
@click.option("--json", "as_json", is_flag=True, help="What is printed, as one JSON object.")
def backtest(
    source: str,
    events_file: Path | None,
    sweeps: Sequence[tuple[str, list[str]]],
    processes: int | None,
    output: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Say which alerts scored documents would have raised, under the settings in force.

    The documents come from a file that petrel replay --output wrote, scored.jsonl or
    scored.parquet, or from a Kafka topic such as sentiment.scored.v1. Neither Redis nor a model is
    needed, and of Kafka only that topic. The alerts are those that workers raise, byte for byte.

    \b
      petrel backtest results/scored.jsonl
      PETREL_SPIKE_SMALLEST=5 petrel backtest results/scored.jsonl --output strict
      petrel backtest kafka:sentiment.scored.v1 --report alerts.html
      petrel backtest scored.parquet --events falls.csv \\
          --sweep PETREL_SPIKE_SMALLEST=2,3,5 --sweep PETREL_SPIKE_CALM=10,30

    Of events, a row is such as `entity:acme,2026-03-17T12:00:00Z,2026-03-18T00:00:00Z`. The
    precision is the share of alerts that open in an event of their key; alerts on kinds of keys of
    which no event is known are left out of it. The recall is the share of events in which an alert
    opens, the delay the median from the start of an event to its first alert. With --sweep there is
    a line for each combination, and no single alerts.

    The exit status is 1 when no document counts, or when a record could not be read: it is
    reported, and the next one is read.
    """
    settings = start_up()
    if sweeps and output:
        raise click.UsageError("--output has the alerts of one backtest, and goes not with --sweep")
    events = _events(events_file)
    trials = _sweep(source, dict(sweeps), events, processes or os.cpu_count() or 1)
    result = None if trials and not report else _backtest(settings, source)
    if output and result:
        _write_alerts(output, result.alerts)
    if report and result:
        from petrel.report.content import gather
        from petrel.report.page import html

        report.write_text(html(gather(settings, source, result, trials, events)), "utf-8")
    if as_json:
        _print_json(result, trials, events)
    else:
        _print(source, result, trials, events)
    if result and result.unread:
        raise click.ClickException(_unread(source, result))
    if result and not result.documents:
        raise click.ClickException("no document counts")


def _unread(source: str, result: "BacktestResult") -> str:
    """How many records could not be read; what to do when no other is there."""
    sentence = f"records that were not read: {result.unread}"
    if not result.is_empty:
        return sentence
    return (
        f"{sentence}; none is a scored document: `petrel replay {source} --output results`"
        " scores documents, and writes results/scored.jsonl"
    )


def _events(path: Path | None) -> "list[KnownEvent]":
    from stream.clients.backtest.events_file import read_events

    return [] if path is None else read_events(path)


def _sweep(
    source: str,
    values: dict[str, list[str]],
    events: "list[KnownEvent]",
    processes: int,
) -> "list[Trial]":
    from petrel.console.meter import Meter
    from stream.clients.backtest.sweep import combinations, sweep

    if not values:
        return []
    trials = combinations(values)
    with Meter("backtests") as meter:
        meter.show(0, len(trials))
        return sweep(source, trials, events, processes, lambda done: meter.show(done, len(trials)))


def _backtest(settings: Settings, source: str) -> "BacktestResult":
    from petrel.console.meter import Meter
    from stream.clients.backtest.runner import run_backtest

    with Meter("documents") as meter:

        def tell(error: "RowError") -> None:
            meter.echo(f"not read: {error}", err=True)

        return run_backtest(settings, source, tell, meter.show)


def _write_alerts(folder: Path, alerts: "list[AnyAlert]") -> None:
    from schemas.alert import Alert, GroupAlert
    from stream.clients.files.record_writer import write_records

    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in (("alerts", Alert), ("groups", GroupAlert)):
        found = (one for one in alerts if isinstance(one, kind))
        write_records(folder / f"{name}.jsonl", kind, found)


def _print(
    source: str,
    result: "BacktestResult | None",
    trials: "list[Trial]",
    events: "list[KnownEvent]",
) -> None:
    from petrel.console.display import any_alert_block, terminal_width
    from petrel.console.sweep_table import figures_line, sweep_table
    from stream.backtest.known_events import figures

    if trials:
        click.echo(sweep_table(trials))
    if result is None:
        return
    if not trials:
        for alert in result.alerts:
            click.echo(any_alert_block(alert, terminal_width()) + "\n")
    shown = figures(result.alerts, result.time, events)
    click.echo(
        f"{result.documents} documents of {source} in {shown.days:.1f} days,"
        f" {result.stale} stale, {result.repeats} repeats"
    )
    click.echo(f"  {figures_line(shown)}")


def _print_json(
    result: "BacktestResult | None", trials: "list[Trial]", events: "list[KnownEvent]"
) -> None:
    import orjson
    from msgspec import to_builtins

    from schemas.codec import encode
    from stream.backtest.known_events import figures

    shown: dict[str, Any] = {"sweep": to_builtins(trials)}
    if result is not None:
        shown |= orjson.loads(encode(result))
        groups = [one for one in shown["alerts"] if one["rule"] == "group"]
        shown["alerts"] = [one for one in shown["alerts"] if one["rule"] != "group"]
        shown["groups"] = groups
        shown["figures"] = to_builtins(figures(result.alerts, result.time, events))
    click.echo(orjson.dumps(shown))
