"""All that detectors are compared by, as tables and a picture."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from tests.bench.detection.bursts import Done, Unit, burst_table, pooled_table, run, trials, units
from tests.bench.detection.curves import draw
from tests.bench.detection.feeds import feed_table
from tests.bench.detection.hindsight import hindsight_table
from tests.bench.detection.market import market_table
from tests.bench.detection.nab_table import nab_table
from tests.bench.detection.newswire import newswire_table
from tests.bench.detection.price_table import price_table
from tests.bench.detection.slides import slide_table
from tests.bench.detection.stocknet import DATA, year
from tests.bench.harness import Figures, finish


def bench(seeds: int, picture: Path | None) -> None:
    """Compare the detectors on what lies in `shared/data`; without it there is nothing to do."""
    if not DATA.is_dir():
        click.echo(f"skipped: the data of this benchmark are not there ({DATA})")
        return
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        bursts = [(unit, pool.submit(_run, unit)) for unit in units(seeds)]
        others = [pool.submit(table, seeds) for table in (_slides, _newswire, _market, _feeds)]
        prices, hindsight = pool.submit(price_table), pool.submit(hindsight_table)
        series = pool.submit(nab_table, DATA / "nab")
        done = [(unit, one.result()) for unit, one in bursts]
        told = trials(done)
        tables = [
            *(one.result() for one in (prices, hindsight)),
            *map(burst_table, told),
            pooled_table(done),
            *(one.result() for one in (*others, series)),
        ]
        finish("detection", {}, tables)
    if picture:
        draw(told, picture)


def _run(unit: Unit) -> Done:
    return run(unit, year())


def _slides(seeds: int) -> Figures:
    return slide_table(year(), seeds)


def _feeds(seeds: int) -> Figures:
    return feed_table(year(), seeds)


def _newswire(seeds: int) -> Figures:
    return newswire_table(year(), seeds)


def _market(_: int) -> Figures:
    return market_table(year())
