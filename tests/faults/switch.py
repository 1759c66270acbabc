"""What switches a server of a fault run off and on."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from petrel.embedded import Server


class Switch:
    """Something that runs, can be stopped, and started again with or without its data."""

    def __init__(self, run: Callable[[], AbstractContextManager[Server]], data: Path) -> None:
        self._run = run
        self._data = data
        self._pid = 0
        self._running = ExitStack()

    def on(self) -> None:
        """Start it; returns when it answers."""
        self._pid = self._running.enter_context(self._run()).pid

    def off(self) -> None:
        """Ask it to end and wait until it has."""
        self._running.close()

    def kill(self) -> None:
        """Kill it where it is."""
        os.kill(self._pid, signal.SIGKILL)
        self.off()

    def wipe(self) -> None:
        """Delete what it has saved, while it is off."""
        shutil.rmtree(self._data)
        self._data.mkdir()

    def replace(self, data: Path) -> None:
        """Put what is in `data` in the place of what it has saved, while it is off."""
        shutil.rmtree(self._data)
        shutil.copytree(data, self._data)
