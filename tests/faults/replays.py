"""One day replayed twice, with workers killed in one of them: `python -m tests.faults.replays`.

As fast as it goes, and 60 times as fast as the clock (or, with `--speed max`, again as fast as it
goes). The last record of each window and every alert must be the same, byte for byte, and the
windows must equal a batch computation over the scored records. Nothing is left out of that: only
scored records and dead letters name the replay they are of, by its Kafka topic in `origin`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

import psutil

from petrel.console.param_types import SpeedParam
from schemas import AnyAlert, SentimentWindow, decode
from schemas.times import isoformat
from sources.mapping.source_mapping import SourceMapping
from stream.clients.replay.clean_up import clean_up
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.progress import ReplayProgress
from stream.clients.replay.runner import replay
from stream.clients.replay.summary import ReplaySummary
from stream.settings import Settings, load
from tests import oracle
from tests.faults.run import LOGS
from tests.faults.servers import servers
from tests.faults.verdict import records
from tests.simulation.verdict import last

_SAMPLE = Path(__file__).parents[2] / "petrel" / "sample"
_WORKERS = 2

# Kills fall between these shares of the documents: before, and after, there is nothing to lose.
_MOMENTS = (0.1, 0.9)


class Source(NamedTuple):
    """A file to replay, and which column a field of a document is in, where the names differ."""

    path: Path
    fields: Mapping[str, str] = {}


class Replayed(NamedTuple):
    """What came of a replay: the last record of each window by its Kafka key, all alerts.

    differences: in how many windows it differs from the batch computation.
    """

    summary: ReplaySummary
    windows: dict[bytes, bytes]
    alerts: set[bytes]
    differences: int


class Comparison(NamedTuple):
    """How many windows and alerts there are, how many differ, and what else is wrong.

    told: the alerts of the undisturbed replay, in order.
    """

    windows: int
    wrong_windows: int
    alerts: int
    wrong_alerts: int
    notes: list[str]
    told: list[AnyAlert]

    @property
    def good(self) -> bool:
        """Whether both came to the same, and to something."""
        something = self.windows and self.alerts
        return bool(something and not self.wrong_windows + self.wrong_alerts and not self.notes)


def twice(
    settings: Settings, source: Source, speed: float | None, kills: int, seed: int
) -> Comparison:
    """Replay `source` undisturbed at full speed, then at `speed` with `kills` workers killed."""
    calm = _replayed(settings, source, None, Killer([]))
    total = calm.summary.documents
    rng = Random(seed)
    killer = Killer(sorted(int(rng.uniform(*_MOMENTS) * total) for _ in range(kills)))
    struck = _replayed(settings, source, speed, killer)
    left = [f"{len(killer.marks)} of {kills} workers were not killed"] if killer.marks else []
    return _compare(calm, struck, left)


def _replayed(
    settings: Settings, source: Source, speed: float | None, killer: "Killer"
) -> Replayed:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"replay-{speed or 'max'}.log"
    log.unlink(missing_ok=True)
    options = ReplayOptions(
        source=str(source.path),
        mapping=SourceMapping(fields=source.fields),
        speed=speed,
        workers=_WORKERS,
        keep=True,
        log=log,
    )

    def report(progress: ReplayProgress) -> None:
        killer(progress)
        done = f"{progress.finished:,} of {progress.total:,} documents"
        print(f"\r{log.stem}: {done}", end="", file=sys.stderr, flush=True)

    summary = replay(settings, options, report)
    print(file=sys.stderr)
    return asyncio.run(_read(settings, summary))


class Killer:
    """Kills a worker whenever as many documents as the next of `marks` have come out."""

    def __init__(self, marks: list[int]) -> None:
        self.marks = marks

    def __call__(self, progress: ReplayProgress) -> None:
        if self.marks and progress.finished >= self.marks[0]:
            self.marks.pop(0)
            workers = [one for one in psutil.Process().children() if "worker" in one.cmdline()]
            workers[len(self.marks) % len(workers)].kill()


async def _read(settings: Settings, summary: ReplaySummary) -> Replayed:
    own = settings.model_copy(update={"namespace": summary.namespace})
    windows = last(await records(own, own.topics.windows))
    alerts = {record.value or b"" for record in await records(own, own.topics.alerts)}
    counted = oracle.counted(await records(own, own.topics.scored), own.stale)
    emitted = oracle.emitted(decode(value, SentimentWindow) for value in windows.values())
    differences = list(oracle.differences(oracle.windows(counted, own.kinds), emitted))
    await clean_up(settings, summary.namespace)
    return Replayed(summary, windows, alerts, len(differences))


def _compare(calm: Replayed, struck: Replayed, notes: list[str]) -> Comparison:
    notes += [
        f"{one.summary.missing} of {one.summary.documents} documents came out nowhere"
        for one in (calm, struck)
        if one.summary.missing
    ]
    notes += [
        f"{one.differences} windows differ from the batch computation"
        for one in (calm, struck)
        if one.differences
    ]
    if calm.summary.worker_failures:
        notes.append(f"{calm.summary.worker_failures} workers ended that nobody killed")
    keys = calm.windows.keys() | struck.windows.keys()
    return Comparison(
        windows=len(calm.windows),
        wrong_windows=sum(calm.windows.get(key) != struck.windows.get(key) for key in keys),
        alerts=len(calm.alerts),
        wrong_alerts=len(calm.alerts ^ struck.alerts),
        notes=notes,
        told=calm.summary.told,
    )


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.replays", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/starter"), help="bundle")
    parser.add_argument("--source", type=Path, default=_SAMPLE / "day.jsonl")
    parser.add_argument("--watchlist", type=Path, default=_SAMPLE / "watchlist.yaml")
    parser.add_argument(
        "--field", dest="columns", action="append", default=[], metavar="FIELD=COLUMN"
    )
    parser.add_argument("--speed", default="60", help="of the one with kills")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="of when workers are killed")
    given = parser.parse_args()
    if not given.model.is_dir():
        parser.error(f"{given.model} is not there: train it with `petrel train`, or give --model")
    with servers() as running:
        settings = load(
            kafka_bootstrap=running.kafka_address,
            redis_url=running.redis_url,
            model=given.model,
            watchlist=given.watchlist,
            threads=1,
            log_format="text",
        )
        fields = dict(column.split("=", 1) for column in given.columns)
        source = Source(given.source, fields)
        speed = SpeedParam().convert(given.speed, None, None)
        found = twice(settings, source, speed, given.kills, given.seed)
    for alert in found.told:
        key = f"{alert.kind}:{alert.subject}"
        print(f"{isoformat(alert.at)}  {alert.transition:<8}  {alert.severity:<8}  {key}")
    print(
        f"as fast as it goes, and at {given.speed} with {given.kills} kills:"
        f" {found.wrong_windows} of {found.windows} windows"
        f" and {found.wrong_alerts} of {found.alerts} alerts differ"
    )
    print(*found.notes, sep="\n", end="")
    return 0 if found.good else 1


if __name__ == "__main__":
    raise SystemExit(_main())
