"""All that detectors are compared by, as tables and a picture."""

from pathlib import Path

import click

from tests.bench.detection.bursts import burst_table, feed_table, trials
from tests.bench.detection.curves import draw
from tests.bench.detection.nab_table import nab_table
from tests.bench.detection.price_table import price_table
from tests.bench.detection.slides import slide_table
from tests.bench.detection.stocknet import DATA, tweets
from tests.bench.harness import finish


def bench(seeds: int, picture: Path | None) -> None:
    """Compare the detectors on what lies in `shared/data`; without it there is nothing to do."""
    if not DATA.is_dir():
        click.echo(f"skipped: the data of this benchmark are not there ({DATA})")
        return
    year = [tweet.document for tweet in tweets()]
    bursts = list(trials(year, seeds))
    if picture:
        draw(bursts, picture)
    tables = [
        price_table(),
        *map(burst_table, bursts),
        feed_table(year, seeds),
        slide_table(year, seeds),
        nab_table(DATA / "nab"),
    ]
    finish("detection", {}, tables)
