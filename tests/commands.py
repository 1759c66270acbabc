"""`petrel` as a test calls it: in this process, or in one of its own."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from petrel.cli import main

ROOT = Path(__file__).parents[1]
LOGGERS = ("", "aiokafka", "faust", "httpx", "mode", "transformers")


def petrel(*arguments: str, answer: str | None = None) -> Result:
    """Run the command; `answer` is what it reads. An exception no user should see is raised."""
    with _logging_kept():
        return CliRunner().invoke(main, arguments, input=answer, catch_exceptions=False)


@contextmanager
def start(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the command, with pipes to all of its streams, until it ends or the block does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "petrel", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            # One that follows would be waited for without end when an assertion fails.
            process.kill()


def output_of(*arguments: str) -> str:
    """What the command prints in a process of its own; it must succeed."""
    with start(*arguments, COLUMNS="160") as process:
        output, errors = (stream.decode() for stream in process.communicate())
    assert process.returncode == 0, output + errors
    return output


@contextmanager
def _logging_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, levels = root.handlers[:], {name: logging.getLogger(name).level for name in LOGGERS}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
