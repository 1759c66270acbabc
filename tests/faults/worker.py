"""`petrel worker` as a child process that may be made to fail, or to be slow."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Not needed by name: the process that workers are forked from has imported them.
import stream.worker  # noqa: F401
from petrel.cli import main

# What makes a process that is to become a worker one with a fault.
Preparation = Callable[[], None]


def work(environment: Mapping[str, str], log: Path, preparations: Sequence[Preparation]) -> None:
    """Run a worker with `environment` on top of ours, its log in `log`, until it is stopped."""
    with log.open("ab") as file:
        for stream_of_ours in (1, 2):
            os.dup2(file.fileno(), stream_of_ours)
    os.environ.update(environment)
    for prepare in preparations:
        prepare()
    main(["worker"])
