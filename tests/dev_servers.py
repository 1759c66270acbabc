"""What `petrel dev` prints, as a person who copies it takes it."""

import shlex
import subprocess
from collections.abc import Iterator
from typing import IO


def settings_of(process: "subprocess.Popen[bytes]") -> dict[str, str]:
    """The variables that it exports; returns when the servers are ready."""
    assert process.stdout is not None
    return dict(_export(line) for line in _until(process.stdout, "export PETREL_LOG_FORMAT"))


def commands_of(process: "subprocess.Popen[bytes]") -> list[list[str]]:
    """The commands that it says to type then."""
    assert process.stderr is not None
    *_, commands, _ = "".join(_until(process.stderr, "The last raises")).split("\n\n")
    return [shlex.split(line) for line in commands.splitlines()]


def _until(stream: IO[bytes], last: str) -> Iterator[str]:
    for line in stream:
        yield line.decode()
        if line.decode().startswith(last):
            return


def _export(line: str) -> tuple[str, str]:
    export, assignment = shlex.split(line)
    name, _, value = assignment.partition("=")
    assert export == "export"
    return name, value
