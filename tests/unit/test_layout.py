"""The rooms: who may import whom, and that nobody gets lost in one.

A room is a package, or the modules that lie in a package's own folder. `KNOWS` is the map that
docs/extend.md shows; whatever is not in it must not be imported.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import ROOT

PACKAGES = ("schemas", "sources", "bundle", "trainer", "stream", "petrel")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

BUNDLE = {"bundle", "bundle.text"}
STREAM = {"schemas", "sources.mapping", *BUNDLE, "stream"}
TRAINER = {"schemas", *BUNDLE, "trainer", "sources.mapping"}
TRAINER_ROOMS = ("data", "encoders", "heads", "training", "tracking", "evaluation")
KNOWS: dict[str, set[str]] = {
    "schemas": set(),
    "sources": set(),
    "sources.files": {"schemas"},
    "sources.mapping": {"schemas"},
    "bundle": {"schemas", "bundle.text"},
    "bundle.text": set(),
    "trainer": {*TRAINER, *(f"trainer.{room}" for room in TRAINER_ROOMS)},
    "trainer.data": {*TRAINER, "sources.files"},
    "trainer.encoders": TRAINER,
    "trainer.heads": {*TRAINER, "trainer.data"},
    "trainer.training": {*TRAINER, "trainer.data", "trainer.heads"},
    "trainer.tracking": {*TRAINER, "trainer.training"},
    "trainer.evaluation": {*TRAINER, "trainer.data", "trainer.heads"},
    "stream": {
        *STREAM,
        "stream.scoring",
        "stream.watchlist",
        "stream.windows",
        "stream.grouping",
        "stream.counting",
        "stream.progress",
        "stream.decoders",
        "stream.sinks",
        "stream.output",
    },
    "stream.decoders": {"schemas"},
    "stream.output": {"schemas", "stream"},
    "stream.sinks": {"schemas", "stream", "stream.output"},
    "stream.windows": {"schemas"},
    "stream.grouping": {"schemas", "stream.windows"},
    "stream.series": set(),
    "stream.progress": set(),
    "stream.watchlist": {"schemas", "bundle.text"},
    "stream.scoring": {*STREAM, "stream.decoders", "stream.output", "stream.watchlist"},
    "stream.counting": {
        *STREAM,
        "stream.progress",
        "stream.windows",
        "stream.grouping",
        "stream.sinks",
    },
    "stream.backtest": {
        "schemas",
        "stream",
        "stream.counting",
        "stream.progress",
        "stream.windows",
        "stream.grouping",
    },
    "stream.clients": {
        *STREAM,
        "sources.files",
        "stream.decoders",
        "stream.scoring",
        "stream.windows",
        "stream.grouping",
        "stream.counting",
        "stream.backtest",
    },
}

# What the pure rooms must not load, however it is called.
ENGINES = {"aiokafka", "faust", "redis", "torch", "transformers"}
PURE = (
    "sources.mapping",
    "bundle.text",
    "stream.windows",
    "stream.grouping",
    "stream.series",
    "stream.progress",
    "stream.decoders",
    "stream.watchlist",
    "stream.backtest",
)

# What lies beside the rooms and puts them together: no room may import it.
ENTRY_POINTS = {
    "trainer.train",
    "trainer.repeat",
    "trainer.search",
    "trainer.optimize",
    "stream.worker",
}

MAX_FILES = 18


def test_schemas_load_no_engine() -> None:
    code = f"import sys, schemas; print(sorted({ENGINES!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_every_command_can_be_asked_for_help_without_the_extras() -> None:
    extras = (
        *("torch", "transformers", "tokenizers", "safetensors", "numpy", "scipy", "sklearn"),
        "feedparser",
    )
    commands = [module_of(path) for path in (ROOT / "petrel/commands").rglob("[a-z]*.py")]
    code = f"import sys; sys.modules |= dict.fromkeys({extras!r}); import {', '.join(commands)}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_knows_only_whom_it_may(path: Path) -> None:
    assert strangers(path, room_of(module_of(path))) == set()


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def late() -> None:\n    import redis\n    from stream import kafka\n")

    assert strangers(planted, "stream.windows") == {"redis", "stream.kafka"}
    assert strangers(planted, "stream.scoring") == set()


def test_a_room_that_imports_an_entry_point_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from stream.worker import Worker\n")

    assert strangers(planted, "stream.counting") == {"stream.worker"}


def test_a_room_holds_no_more_files_than_one_can_overlook() -> None:
    files = Counter(path.parent for path in SOURCES)

    assert {str(folder): n for folder, n in files.items() if n > MAX_FILES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    top_level = {name.split(".")[0] for name in imported(path)}
    assert not {"pickle", "cloudpickle", "dill", "joblib", "shelve"} & top_level
    assert "torch.load" not in {
        ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)
    }


def strangers(path: Path, room: str) -> set[str]:
    """The modules that `path`, which stands in `room`, imports and must not."""
    if room.split(".", maxsplit=1)[0] == "petrel":
        return set()
    found = set(imported(path))
    ours = {name for name in found if name.split(".")[0] in PACKAGES}
    entries = ENTRY_POINTS & ours if "." in room else set()
    engines = {name for name in found if room in PURE and name.split(".")[0] in ENGINES}
    return entries | engines | {name for name in ours if room_of(name) not in KNOWS[room] | {room}}


def module_of(path: Path) -> str:
    """The dotted name of the module in `path`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room that `module` stands in: the longest of `KNOWS` that it begins with."""
    rooms = [room for room in KNOWS if f"{module}.".startswith(f"{room}.")]
    return max(rooms, key=len, default=module.split(".", maxsplit=1)[0])


def imported(path: Path) -> Iterator[str]:
    """The modules that `path` imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (_full_name(node.module, alias.name) for alias in node.names)


def _full_name(module: str, name: str) -> str:
    inner = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else module
