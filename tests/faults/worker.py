"""`petrel worker` as a child process that may hold a failure point."""

import os
from collections.abc import Mapping
from pathlib import Path

# Not needed by name: the process that workers are forked from has imported them.
import stream.worker  # noqa: F401
from petrel.cli import main
from tests.faults.points import Point, arm


def work(environment: Mapping[str, str], log: Path, point: Point | None) -> None:
    """Run a worker with `environment` on top of ours, its log in `log`, until it is stopped."""
    with log.open("ab") as file:
        for stream_of_ours in (1, 2):
            os.dup2(file.fileno(), stream_of_ours)
    os.environ.update(environment)
    if point:
        arm(point)
    main(["worker"])
