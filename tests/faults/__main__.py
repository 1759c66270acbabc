"""Faults on real servers: `python -m tests.faults [FAULT ...] --runs 20 --seed 0`.

Without a name all faults run. The exit status is 1 when anything was lost, counted twice, or is
not as the oracle says.
"""

import argparse
import logging
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.faults import FAULTS
from tests.faults.model import write_bundle
from tests.faults.run import LOGS, Fault, Material, Outcome, run
from tests.faults.servers import RedisKind, servers

_COLUMNS = ("fault", "runs", "sent", "delivered", "verdict", "windows equal", "alerts equal")
_WIDTHS = (24, 6, 8, 11, 24, 15, 14)

# Of as many runs as are asked for, a fault that takes minutes has these.
_SLOW_SHARE = 0.25


def main() -> int:
    """Run what the command line asks for; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("--runs", type=int, default=20, help="of each fault")
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next has 1 more")
    parser.add_argument("--kafka", default="", metavar="VERSION", help="other than that of the POM")
    parser.add_argument("--documents", type=Path, metavar="FILE", help="JSON lines, text and ts")
    parser.add_argument("--watchlist", type=Path, metavar="FILE", help="what to watch for in those")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="what reads those")
    given = parser.parse_args()
    if strangers := given.faults and set(given.faults) - FAULTS.keys():
        parser.error(f"no such fault: {', '.join(sorted(strangers))}")
    # It tells of every try to reach a node that a fault has taken away.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    faults = [FAULTS[name] for name in given.faults or FAULTS]
    seeds = range(given.seed, given.seed + given.runs)
    with TemporaryDirectory(prefix="petrel-faults-") as folder:
        bundle = given.model or write_bundle(Path(folder))
        material = Material(bundle, given.watchlist, given.documents)
        outcomes = _run(faults, seeds, given.kafka, material)
    _table(outcomes)
    return 0 if all(outcome.good for outcome in outcomes) else 1


def _run(faults: Sequence[Fault], seeds: range, version: str, material: Material) -> list[Outcome]:
    outcomes = []
    for (brokers, redis), those in groupby(sorted(faults, key=_needs), key=_needs):
        with servers(brokers, version, redis) as running:
            for fault in those:
                for seed in seeds[: _runs(fault, len(seeds))]:
                    outcomes.append(run(fault, seed, running, material))
                    _print_outcome(outcomes[-1])
    return outcomes


def _needs(fault: Fault) -> tuple[int, RedisKind]:
    return fault.brokers, fault.redis


def _runs(fault: Fault, runs: int) -> int:
    return ceil(runs * _SLOW_SHARE) if fault.slow else runs


def _print_outcome(outcome: Outcome) -> None:
    verdict = outcome.verdict
    print(
        f"{outcome.fault} --seed {outcome.seed}: {verdict.name}, {verdict.repeats} scored again,"
        f" {verdict.wrong_windows} of {verdict.windows} windows and"
        f" {verdict.wrong_alerts} of {verdict.alerts} alerts differ; workers ended {outcome.ends}",
        flush=True,
    )
    if not outcome.good:
        print(*outcome.notes, f"its log and its differences are in {LOGS}", sep="\n  ", flush=True)


def _table(outcomes: Sequence[Outcome]) -> None:
    print()
    _line(_COLUMNS)
    for name in dict.fromkeys(outcome.fault for outcome in outcomes):
        _line(_row(name, [one for one in outcomes if one.fault == name]))


def _row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    verdicts = [outcome.verdict for outcome in outcomes]
    names = Counter(verdict.name for verdict in verdicts)
    runs = len(outcomes)
    return [
        name,
        str(runs),
        str(sum(verdict.sent for verdict in verdicts)),
        str(sum(verdict.delivered for verdict in verdicts)),
        ", ".join(text if count == runs else f"{count} {text}" for text, count in names.items()),
        f"{sum(not verdict.wrong_windows for verdict in verdicts)} of {runs}",
        f"{sum(not verdict.wrong_alerts for verdict in verdicts)} of {runs}",
    ]


def _line(cells: Sequence[str]) -> None:
    print(*(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
