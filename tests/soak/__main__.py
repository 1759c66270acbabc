"""`python -m tests.soak --minutes 60`: half of what two workers can do, and does anything grow?

Real servers, real processes. Samples, a picture and the workers' log go into build/soak. The exit
status is 1 when something grows, or a document did not come out once.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from petrel.embedded import EmbeddedError
from tests.bench.harness import ROOT, drawn
from tests.bench.servers import servers
from tests.faults.model import write_bundle
from tests.soak.documents import content
from tests.soak.report import plot, table, write
from tests.soak.run import WORKERS, Counts, capacity, soak
from tests.soak.trend import Sample, bounds, judge, series

_STARTER = Path("models/starter")
_RESULTS = ROOT / "build" / "soak"


@click.command()
@click.option("--minutes", type=click.FloatRange(2), default=60.0, show_default=True)
@click.option(
    "--model",
    type=click.Path(path_type=Path, exists=True),
    help="Bundle.  [models/starter, or a small one made for it]",
)
def main(minutes: float, model: Path | None) -> None:
    """Feed half of what two workers can do, and say whether anything grows."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    stem = _RESULTS / f"soak-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    log, watchlist = stem.with_suffix(".log"), stem.with_suffix(".yaml")
    texts = content(watchlist)
    with (
        TemporaryDirectory(prefix="petrel-soak-") as folder,
        servers(model or _default(Path(folder))) as plain,
    ):
        threads = max(1, (os.cpu_count() or 1) // WORKERS)
        settings = plain.model_copy(update={"watchlist": watchlist, "threads": threads})
        rate = capacity(settings, texts, minutes, log)
        print(f"{WORKERS} workers can do {rate:.0f} documents/s; {stem}", flush=True)
        samples, counts = soak(settings, texts, rate, minutes, log)
    write(samples, stem.with_suffix(".jsonl"))
    plot(samples, 60 * minutes, stem.with_suffix(".png"))
    raise SystemExit(0 if _verdict(samples, counts, 60 * minutes) else 1)


def _default(folder: Path) -> Path:
    return _STARTER if _STARTER.is_dir() else write_bundle(folder)


def _verdict(samples: Sequence[Sample], counts: Counts, seconds: float) -> bool:
    allowed = bounds(counts.fed / seconds)
    trends = [
        (one, judge(one, seconds, allowed[one.measure]), allowed[one.measure])
        for one in series(samples)
    ]
    Console().print(drawn(table(trends)))
    flat = all(trend.flat for _, trend, _ in trends)
    print(
        f"{counts.fed} fed, {counts.missing} missing, {counts.repeated} more than once;"
        f" {counts.processes} worker processes of {WORKERS};"
        f" {'nothing grows' if flat else 'something grows'}"
    )
    return flat and counts.good


if __name__ == "__main__":
    try:
        main()
    except EmbeddedError as error:
        raise SystemExit(str(error)) from None
