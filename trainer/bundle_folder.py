"""The folder of a bundle, written whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from bundle import manifest
from trainer.errors import TrainerError

_READABLE = 0o644


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A new folder beside `target` to write into; it takes the place of `target` in the end.

    If the body raises, the new folder goes and `target` stays as it was.

    Raises:
        TrainerError: `target` is there and is not a bundle, or the disk does not take the new one.
    """
    check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        fresh = Path(scratch, "new")
        fresh.mkdir()
        try:
            yield fresh
            for path in fresh.iterdir():
                # safetensors writes files for the owner alone; a worker may be somebody else.
                path.chmod(_READABLE)
            _exchange(fresh, target, Path(scratch, "old"))
        except (OSError, SafetensorError) as error:
            raise TrainerError(
                f"{target} cannot be written: {error}; what stood there is as it was"
            ) from None


def check_replaceable(target: Path) -> None:
    """Raise `TrainerError` when `target` is something other than a bundle."""
    if target.exists() and not (target / manifest.FILE).is_file() and not _is_empty(target):
        raise TrainerError(
            f"--output {target} is there and is not a bundle (it has no {manifest.FILE}):"
            " it will not be overwritten"
        )


def _exchange(fresh: Path, target: Path, old: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        # `old` goes with the scratch folder around it.
        old.rename(target)
        raise


def copy_tokenizer_config(base: Path, folder: Path) -> None:
    """Copy what transformers needs to load the tokenizer of `base` as the same class."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())
