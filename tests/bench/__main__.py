"""`python -m tests.bench NAME`: each prints tables and writes JSON into build/bench."""

from pathlib import Path

import click

from bundle.manifest import BundleError
from petrel.embedded import EmbeddedError
from trainer.errors import TrainerError

_rounds = click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
_bundle = click.option(
    "--bundle", type=click.Path(path_type=Path), default=Path("models/starter"), show_default=True
)


@click.group()
def main() -> None:
    """Measure Petrel against what one would use instead."""


@main.command()
@_bundle
@_rounds
@click.option("--documents", type=click.IntRange(8), default=512, show_default=True)
@click.option("--labelled", type=click.Path(path_type=Path), help="CSV of labelled sentiments.")
@click.option(
    "--labels", default="negative,positive,neutral", show_default=True, help="What they mean."
)
def engine(bundle: Path, rounds: int, documents: int, labelled: Path | None, labels: str) -> None:
    """The classifier against other ways to run its network."""
    from tests.bench import engine as bench

    bench.bench(bundle, documents, rounds, (labelled, labels) if labelled else None)


@main.command()
@_rounds
@click.option("--batches", type=click.IntRange(1), default=20, show_default=True)
def windows(rounds: int, batches: int) -> None:
    """Updates of windows in Redis."""
    from tests.bench import windows as bench

    bench.bench(batches, rounds)


@main.command()
@click.option("--documents", type=click.IntRange(1), default=42_000, show_default=True)
@click.option("--entities", type=click.IntRange(2), default=98, show_default=True)
def release(documents: int, entities: int) -> None:
    """A week that was held back is judged."""
    from tests.bench import release as bench

    bench.bench(documents, entities)


@main.command()
@click.option("--documents", type=click.IntRange(1_000), default=200_000, show_default=True)
def memory(documents: int) -> None:
    """What a key and a remembered document take in Redis."""
    from tests.bench import memory as bench

    bench.bench(documents)


@main.command()
@_bundle
@click.option("--sources", type=click.IntRange(1_000), default=1_000_000, show_default=True)
def flood(bundle: Path, sources: int) -> None:
    """A sender for each document, in ten minutes of event time, through a worker."""
    from tests.bench import flood as bench

    bench.bench(bundle, sources)


@main.command()
@_bundle
@_rounds
@click.option("--documents", type=click.IntRange(1_000), default=20_000, show_default=True)
def mapping(bundle: Path, rounds: int, documents: int) -> None:
    """Records that are read by a mapping."""
    from tests.bench import mapping as bench

    bench.bench(bundle, rounds, documents)


@main.command()
@_rounds
def watchlist(rounds: int) -> None:
    """Names found in texts."""
    from tests.bench import names as bench

    bench.bench(rounds)


@main.command()
@_bundle
@_rounds
@click.option("--documents", type=click.IntRange(100), default=4_000, show_default=True)
@click.option("--constant", type=click.IntRange(100), default=30_000, show_default=True)
@click.option("--per-second", type=click.FloatRange(0.1), default=500.0, show_default=True)
def stream(bundle: Path, rounds: int, documents: int, constant: int, per_second: float) -> None:
    """Kafka to scored and counted, in one process."""
    from tests.bench import stream as bench

    bench.bench(bundle, rounds, documents, constant, per_second)


@main.command()
@_bundle
@click.option("--seconds", type=click.FloatRange(5), default=60.0, show_default=True)
@click.option("--capacity", type=click.FloatRange(1), help="Documents/s; measured when not given.")
def latency(bundle: Path, seconds: float, capacity: float | None) -> None:
    """How long documents and alerts wait, at three loads."""
    from tests.bench import latency as bench

    bench.bench(bundle, seconds, capacity)


@main.command()
@_bundle
@click.option("--runs", type=click.IntRange(1), default=10, show_default=True)
@click.option("--rate", type=click.FloatRange(1), default=50.0, show_default=True)
@click.option("--documents", type=click.IntRange(100), default=10_000, show_default=True)
def recovery(bundle: Path, runs: int, rate: float, documents: int) -> None:
    """From a worker killed to its partitions scored, from Redis flushed to windows as before."""
    from tests.bench import recovery as bench

    bench.bench(bundle, runs, rate, documents)


@main.command()
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="PNG to write: bursts told by the minutes since they began.",
)
def detection(seeds: int, picture: Path | None) -> None:
    """Detectors at the same number of alarms: prices, injected events, NAB."""
    from tests.bench.detection import bench

    bench.bench(seeds, picture)


@main.command()
@click.option("--documents", type=click.IntRange(1_000), default=100_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def backtest(documents: int, rounds: int) -> None:
    """Records a second of a backtest, and of reading alone."""
    from tests.bench.backtest import records as bench

    bench.bench(documents, rounds)


@main.command()
def live() -> None:
    """Alerts of workers on Kafka and Redis, and of a backtest of the same year of tweets."""
    from tests.bench.backtest import live as bench

    bench.bench()


@main.command()
def state() -> None:
    """What detection takes for each of 10, 1,000 and 100,000 keys."""
    from tests.bench.backtest import keys as bench

    bench.bench()


if __name__ == "__main__":
    try:
        main()
    except (BundleError, EmbeddedError, TrainerError) as error:
        raise SystemExit(str(error)) from None
