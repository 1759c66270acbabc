"""How a person calls this program, and names its files, from the current folder."""

import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """The command `petrel`, spelled so that it runs from the current folder."""
    ours = Path(sys.executable).with_name("petrel")
    found = shutil.which("petrel")
    if found and Path(found).absolute() == ours:
        return "petrel"
    return from_here(ours) if ours.exists() else f"{shlex.quote(sys.executable)} -m petrel"


def from_here(path: Path) -> str:
    """The path as it is written in a shell: relative, where it lies below the current folder."""
    below = path.is_relative_to(Path.cwd())
    return shlex.quote(str(path.relative_to(Path.cwd()) if below else path))
