"""All that detectors are compared by, as tables."""

import click

from tests.bench.detection.price_table import price_table
from tests.bench.detection.stocknet import DATA
from tests.bench.harness import finish


def bench() -> None:
    """Compare the detectors on what lies in `shared/data`; without it there is nothing to do."""
    if not DATA.is_dir():
        click.echo(f"skipped: the data of this benchmark are not there ({DATA})")
        return
    finish("detection", {}, [price_table()])
