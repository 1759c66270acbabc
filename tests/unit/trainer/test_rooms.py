"""What the rooms of the trainer may import of each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import ROOT

ENTRY_POINTS = {"train", "repeat", "search", "optimize"}
ROOMS = {"data", "heads", "training", "tracking", "evaluation"}


@pytest.mark.parametrize(
    ("room", "knows"),
    [
        ("data", set()),
        ("heads", {"data"}),
        ("training", {"data", "heads"}),
        ("tracking", {"training"}),
        ("evaluation", {"data", "heads"}),
    ],
)
def test_room_knows_only(room: str, knows: set[str]) -> None:
    found = {name for path in (ROOT / "trainer" / room).rglob("*.py") for name in imported(path)}
    assert not found & ((ROOMS | ENTRY_POINTS) - knows - {room})


def imported(path: Path) -> Iterator[str]:
    """What `path` imports of the trainer: the rooms and the modules beside them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("trainer."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "trainer":
            yield from (alias.name for alias in node.names)
