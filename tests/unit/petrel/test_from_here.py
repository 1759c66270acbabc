import sys
from pathlib import Path

import pytest

from petrel.console.from_here import from_here, program


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `my clone`, the current one, with Petrel in a virtual environment of its own."""
    folder = tmp_path / "my clone"
    installed = folder / ".venv" / "bin" / "petrel"
    installed.parent.mkdir(parents=True)
    installed.touch(mode=0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "executable", str(installed.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    return folder


def test_a_program_that_is_not_on_the_path_is_called_by_its_place(folder: Path) -> None:
    assert folder.name == "my clone"
    assert program() == ".venv/bin/petrel"


def test_one_on_the_path_is_called_by_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder / ".venv" / "bin"))
    assert program() == "petrel"


def test_another_of_that_name_on_the_path_is_not_called(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "petrel").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == ".venv/bin/petrel"


def test_without_a_program_python_is_called(folder: Path) -> None:
    (folder / ".venv/bin/petrel").unlink()
    assert program() == f"'{folder}/.venv/bin/python' -m petrel"


def test_a_place_elsewhere_is_written_for_a_shell(folder: Path, tmp_path: Path) -> None:
    assert from_here(folder / "day.jsonl") == "day.jsonl"
    assert from_here(tmp_path / "my day.jsonl") == f"'{tmp_path}/my day.jsonl'"
