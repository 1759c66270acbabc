"""Runs schedules and says what came of them: `python -m tests.simulation --schedules 10000`.

`--seed N` runs one, whose violations are printed in full. The exit status is 1 when there are any.
"""

import argparse
import logging
import time
from collections import Counter
from collections.abc import Sequence

import redis

from petrel.embedded import embedded_redis
from tests.simulation.schedule import Outcome, run

_REPORT_EVERY = 1_000


def main() -> int:
    """Run what the command line asks for; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1_000, help="how many, from seed 0 on")
    parser.add_argument("--seed", type=int, help="run this one alone")
    given = parser.parse_args()
    # What workers warn of is what schedules are made of.
    logging.disable(logging.WARNING)
    seeds = range(given.schedules) if given.seed is None else [given.seed]
    with embedded_redis() as url, redis.Redis.from_url(url) as server:
        return _run(seeds, server)


def _run(seeds: Sequence[int], server: "redis.Redis") -> int:
    began, violated, totals = time.monotonic(), 0, Counter[str]()
    for done, seed in enumerate(seeds, 1):
        outcome = run(seed, server)
        totals += Counter(outcome.counts)
        violated += bool(outcome.violations)
        if outcome.violations:
            _show(outcome)
        if done % _REPORT_EVERY == 0 or done == len(seeds):
            print(f"{done} schedules, {violated} with a violation", flush=True)
    print(*(f"{count:>10,} {what}" for what, count in sorted(totals.items())), sep="\n")
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if violated else 0


def _show(outcome: Outcome) -> None:
    print(outcome, *outcome.violations, sep="\n  ")


if __name__ == "__main__":
    raise SystemExit(main())
