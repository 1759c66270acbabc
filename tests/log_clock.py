"""A clock that a test moves on, and what was logged by it."""

from types import ModuleType

import pytest


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def clock_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that `module` goes by until the test ends."""
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def told(caplog: pytest.LogCaptureFixture) -> list[object]:
    """The fields of what was logged."""
    return [getattr(record, "fields", None) for record in caplog.records]
