"""The bundle on disk, written whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bundle import manifest
from trainer.errors import TrainerError

_READABLE = 0o644


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A new folder beside `target` to write into; it takes the place of `target` in the end.

    If the body raises, the new folder goes and `target` stays as it was.

    Raises:
        TrainerError: `target` is there and is not a bundle, or cannot be written.
    """
    check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        fresh = Path(scratch, "new")
        fresh.mkdir()
        yield fresh
        for path in fresh.iterdir():
            # safetensors writes files for the owner alone; a worker may be somebody else.
            path.chmod(_READABLE)
        if target.exists():
            target.rename(Path(scratch, "old"))
        fresh.rename(target)


def check_replaceable(target: Path) -> None:
    """Raise `TrainerError` when `target` is something other than a bundle."""
    if target.exists() and not (target / manifest.FILE).is_file() and not _is_empty(target):
        raise TrainerError(
            f"--output {target} is there and is not a bundle (it has no {manifest.FILE}):"
            " it will not be overwritten"
        )


def copy_tokenizer_config(base: Path, folder: Path) -> None:
    """Copy what transformers needs to load the tokenizer of `base` as the same class."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())
