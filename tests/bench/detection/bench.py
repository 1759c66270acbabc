"""All that detectors are compared by, as tables and a picture."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from tests.bench.detection.bursts import Done, Unit, burst_table, run, trials, units
from tests.bench.detection.curves import draw
from tests.bench.detection.feeds import feed_table
from tests.bench.detection.nab_table import nab_table
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
        slides, feeds = pool.submit(_slides, seeds), pool.submit(_feeds, seeds)
        prices, series = pool.submit(price_table), pool.submit(nab_table, DATA / "nab")
        told = trials([(unit, one.result()) for unit, one in bursts])
        tables = [one.result() for one in (feeds, slides, series)]
        finish("detection", {}, [prices.result(), *map(burst_table, told), *tables])
    if picture:
        draw(told, picture)


def _run(unit: Unit) -> Done:
    return run(unit, year())


def _slides(seeds: int) -> Figures:
    return slide_table(year(), seeds)


def _feeds(seeds: int) -> Figures:
    return feed_table(year(), seeds)
