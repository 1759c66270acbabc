"""Terminals of a person who types commands into bash: one to wait in, others for what goes on."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pages import ROOT

SETTINGS = "dev.env"

# A command that fails ends its terminal; one that comes after `petrel dev > dev.env` is typed after
# `. ./dev.env`.
_BASH = ("bash", "-e", "-o", "pipefail", "-c")
_PRELUDE = f"if [ -f {SETTINGS} ]; then . ./{SETTINGS}; fi\n"
_END_SECONDS = 60


class Terminals:
    """Terminals in one folder, without settings of whoever runs the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(folder / "state"),
            "COLUMNS": "160",
        }
        self._opened: list[_Terminal] = []

    def run(self, command: str) -> str:
        """Run `command` to its end, which must be a good one; gives all that it prints."""
        terminal = self.start(command)
        terminal.end()
        return terminal.output

    def start(self, command: str) -> "_Terminal":
        """Run `command` in a terminal of its own."""
        terminal = _Terminal(command, self._folder, self._environment)
        self._opened.append(terminal)
        return terminal

    def interrupt(self) -> None:
        """Ctrl-C wherever a command goes on, the last that began first; each must end well."""
        for terminal in reversed(self._opened):
            terminal.interrupt()
            terminal.end()

    def close(self) -> None:
        """End what still goes on after a failure."""
        for terminal in reversed(self._opened):
            terminal.kill()


class _Terminal:
    """A command, and what it has printed so far."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self._command = command
        self._lines: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [*_BASH, _PRELUDE + command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def shows(self, pattern: str, seconds: float) -> bool:
        """Wait until `pattern` is in its output, for so long; it must not end before."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._has(pattern), seconds)
            assert self._has(pattern) or not self._ended, self.told()
            return self._has(pattern)

    def interrupt(self) -> None:
        """Send Ctrl-C as a terminal does: to the command and all that it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)

    def end(self) -> None:
        """Wait for its end; it must be a good one."""
        self._reader.join()
        assert self._process.wait() == 0, self.told()
        assert "Traceback" not in self.output, self.told()

    def kill(self) -> None:
        """End it at any rate, but first as a person would: servers that it started end with it."""
        self.interrupt()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join()
        self._process.wait()

    def told(self) -> str:
        """What was typed and what came of it."""
        return f"$ {self._command}\n{self.output}(exit status {self._process.returncode})"

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                with self._news:
                    self._lines.append(line.decode())
                    self._news.notify()
        with self._news:
            self._ended = True
            self._news.notify()

    def _has(self, pattern: str) -> bool:
        return re.search(pattern, self.output) is not None


@contextmanager
def terminals(folder: Path) -> Iterator[Terminals]:
    """Terminals in `folder`; nothing in them goes on after the block."""
    opened = Terminals(folder)
    try:
        yield opened
    finally:
        opened.close()
