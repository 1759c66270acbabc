"""The command `petrel detect`."""

from collections.abc import Iterator
from heapq import nlargest
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import click

from petrel.console.command import Command
from petrel.console.options import file_format_options

if TYPE_CHECKING:
    from sources.files.file_format import FileFormat
    from stream.clients.files.series_file import ScoredReading

# So many of the most anomalous rows are shown.
_SHOWN = 10

# Progress is shown every so many rows.
_STEP = 10_000


@click.command(cls=Command)
@click.argument("source", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, .csv, .jsonl or .parquet: timestamp, value and anomaly_score of each row.",
)
@file_format_options
def detect(source: Path, output: Path | None, file_format: "FileFormat") -> None:
    """Say how anomalous each value of a plain series is.

    FILE is a table with the columns timestamp and value, in the order of time: one number a row, a
    temperature, a load or a count. A time without a zone is in UTC. Without --output the most
    anomalous rows are shown.

    \b
      petrel detect series.csv
      petrel detect series.csv --output scores.csv

    A score lies between 0 and 1, and goes only by the rows before it: 0.5 is a tenth as likely as
    what usually comes and what was told last, 0.67 a hundredth, 0.75 a thousandth. What goes on is
    one event, and scores high only at its beginning. A row without a value scores 0, as does NaN.
    """
    from stream.clients.files.record_writer import write_records
    from stream.clients.files.series_file import ScoredReading

    scored = _scored(source, file_format)
    if output:
        write_records(output, ScoredReading, scored)
    else:
        _print(scored)


def _scored(source: Path, file_format: "FileFormat") -> "Iterator[ScoredReading]":
    from petrel.console.meter import Meter
    from stream.clients.files.series_file import ScoredReading, read_series
    from stream.series.series_detector import SeriesDetector

    detector = SeriesDetector()
    with Meter("rows") as meter:
        for number, row in enumerate(read_series(source, file_format), start=1):
            score = detector.step(row.time.timestamp(), nan if row.value is None else row.value)
            yield ScoredReading(row.timestamp, row.value, round(score, 6))
            if number % _STEP == 0:
                meter.show(number)


def _print(rows: "Iterator[ScoredReading]") -> None:
    anomalous = (row for row in rows if row.anomaly_score)
    highest = nlargest(_SHOWN, anomalous, key=lambda row: row.anomaly_score)
    for row in highest:
        click.echo(f"{row.anomaly_score:.2f}  {row.timestamp}  {row.value:.15g}")
    if not highest:
        click.echo("no row is anomalous")
