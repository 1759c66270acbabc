"""One day replayed twice, with workers killed in one of them: `python -m tests.faults.replays`.

As fast as it goes, and 60 times as fast as the clock. The last record of each window and every
alert must be the same, byte for byte. Nothing is left out of that: only scored records and dead
letters name the replay they are of, by its Kafka topic in `origin`.
"""

import argparse
import asyncio
from pathlib import Path
from random import Random
from typing import NamedTuple

import psutil

from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.progress import ReplayProgress
from stream.clients.replay.runner import replay
from stream.clients.replay.summary import ReplaySummary
from stream.settings import Settings, load
from tests.faults.run import LOGS
from tests.faults.servers import servers
from tests.faults.verdict import records
from tests.simulation.verdict import last

_SAMPLE = Path(__file__).parents[2] / "petrel" / "sample"
_WORKERS = 2

# Kills fall between these shares of the documents: before, and after, there is nothing to lose.
_MOMENTS = (0.1, 0.9)


class Replayed(NamedTuple):
    """What came of a replay: the last record of each window by its Kafka key, all alerts."""

    summary: ReplaySummary
    windows: dict[bytes, bytes]
    alerts: set[bytes]


class Comparison(NamedTuple):
    """How many windows and alerts there are, how many differ, and what else is wrong."""

    windows: int
    wrong_windows: int
    alerts: int
    wrong_alerts: int
    notes: list[str]

    @property
    def good(self) -> bool:
        """Whether both came to the same, and to something."""
        something = self.windows and self.alerts
        return bool(something and not self.wrong_windows + self.wrong_alerts and not self.notes)


def twice(settings: Settings, source: Path, speed: float, kills: int, seed: int) -> Comparison:
    """Replay `source` undisturbed at full speed, then at `speed` with `kills` workers killed."""
    calm = _replayed(settings, source, None, Killer([]))
    total = calm.summary.documents
    rng = Random(seed)
    killer = Killer(sorted(int(rng.uniform(*_MOMENTS) * total) for _ in range(kills)))
    struck = _replayed(settings, source, speed, killer)
    left = [f"{len(killer.marks)} of {kills} workers were not killed"] if killer.marks else []
    return _compare(calm, struck, left)


def _replayed(settings: Settings, source: Path, speed: float | None, killer: "Killer") -> Replayed:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"replay-{speed or 'max'}.log"
    log.unlink(missing_ok=True)
    options = ReplayOptions(source=str(source), speed=speed, workers=_WORKERS, keep=True, log=log)
    summary = replay(settings, options, killer)
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
    return Replayed(summary, windows, alerts)


def _compare(calm: Replayed, struck: Replayed, notes: list[str]) -> Comparison:
    notes += [
        f"{one.summary.missing} of {one.summary.documents} documents came out nowhere"
        for one in (calm, struck)
        if one.summary.missing
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
    )


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.replays", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/starter"), help="bundle")
    parser.add_argument("--source", type=Path, default=_SAMPLE / "day.jsonl")
    parser.add_argument("--watchlist", type=Path, default=_SAMPLE / "watchlist.yaml")
    parser.add_argument("--speed", type=float, default=60.0, help="of the one with kills")
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
        found = twice(settings, given.source, given.speed, given.kills, given.seed)
    print(
        f"as fast as it goes, and at {given.speed:g} with {given.kills} kills:"
        f" {found.wrong_windows} of {found.windows} windows"
        f" and {found.wrong_alerts} of {found.alerts} alerts differ"
    )
    print(*found.notes, sep="\n", end="")
    return 0 if found.good else 1


if __name__ == "__main__":
    raise SystemExit(_main())
