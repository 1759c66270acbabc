"""What `--help` looks like on a terminal of 80 columns."""

import click
import pytest

from petrel.cli import main
from tests.commands import petrel

WIDTH = 80


def paths(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """`command` and all below it, each as the words that name it."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    inner = ((name, command.get_command(context, name)) for name in command.list_commands(context))
    return [path, *(found for name, one in inner if one for found in paths(one, (*path, name)))]


@pytest.mark.parametrize("path", paths(main), ids=" ".join)
def test_no_line_of_help_is_cut_by_a_terminal(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    lines = petrel(*path, "--help").stdout.splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []


def test_no_word_is_broken_at_its_hyphen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    shown = petrel("train", "--help").stdout
    assert "all-MiniLM-L6-v2" in shown
    assert "(sentiment='<-0.1:negative,positive')" in shown


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("wroker",), "worker"),
        (("dlq", "lst"), "list"),
        (("worker", "--watchlst", "a"), "--watchlist"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(arguments: tuple[str, ...], meant: str) -> None:
    done = petrel(*arguments)
    assert done.exit_code == 2
    assert f"id you mean {meant}?" in done.stderr
