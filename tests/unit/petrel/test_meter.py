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


def test_a_short_command_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Meter("documents") as progress:
        progress.show(5)
    assert capsys.readouterr().err == ""
