import io
import sys
import time

import pytest

from petrel.console import meter
from petrel.console.meter import Meter


def test_a_log_gets_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(meter, "_LINE_SECONDS", 0.0)
    with Meter("documents") as progress:
        progress.show(5, 10)
    assert capsys.readouterr().err.startswith("5 of 10 documents, ")


def test_less_than_one_a_second_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "monotonic", iter((0.0, 20.0, 20.0)).__next__)

    with Meter("backtests") as progress:
        progress.show(3, 10)

    assert capsys.readouterr().err == "3 of 10 backtests, 0.15/s\n"


def test_a_short_command_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Meter("documents") as progress:
        progress.show(5)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_replaces_the_bar_which_stands_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, terminal)
    with Meter("documents") as progress:
        progress.show(5, 10)
        progress.echo("an alert")

    before, _, after = terminal.getvalue().partition("an alert")
    assert before.endswith("\r\x1b[2K")
    assert "documents" in after


def test_what_goes_to_a_pipe_stays_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Meter("documents") as progress:
        progress.echo("\x1b[31man alert\x1b[0m")

    assert capsys.readouterr().out == "an alert\n"
