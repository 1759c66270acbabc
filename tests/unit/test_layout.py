import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import ROOT

PACKAGES = ("schemas", "bundle", "trainer", "stream", "petrel")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_schemas_load_no_engine() -> None:
    engines = {"torch", "transformers", "aiokafka", "faust", "redis"}
    code = f"import sys, schemas; print(sorted({engines!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


@pytest.mark.parametrize(
    ("package", "knows"),
    [
        ("schemas", set()),
        ("bundle", {"schemas"}),
        ("trainer", {"schemas", "bundle"}),
        ("stream", {"schemas", "bundle"}),
    ],
)
def test_package_knows_only(package: str, knows: set[str]) -> None:
    strangers = {*PACKAGES} - knows - {package}
    found = {name for path in (ROOT / package).rglob("*.py") for name in imported(path)}
    assert not found & strangers


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not {"pickle", "cloudpickle", "dill", "joblib", "shelve"} & set(imported(path))
    assert "torch.load" not in {
        ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)
    }


def imported(path: Path) -> Iterator[str]:
    """The top-level names of what `path` imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
