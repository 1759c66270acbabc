import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from bundle import manifest
from tests import tiny
from trainer.bundle_folder import replaced
from trainer.errors import TrainerError
from trainer.training.checkpoint import Checkpoint, Snapshot


@pytest.fixture
def target(tmp_path: Path) -> Path:
    tiny.write_bundle(tmp_path / "desk", tiny.write_base(tmp_path / "base"))
    return tmp_path / "desk"


@pytest.mark.parametrize("kilobytes", [0, 20])
def test_full_disk_leaves_the_old_bundle_whole(
    target: Path, tmp_path: Path, kilobytes: int
) -> None:
    before = manifest.read(target)
    with (
        pytest.raises(TrainerError, match=r"desk cannot be written: .*; what stood there is as it"),
        replaced(target) as folder,
        disk_full_after(1024 * kilobytes),
    ):
        tiny.write_bundle(folder, tmp_path / "base")
    assert manifest.read(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"base", "desk"}


def test_old_bundle_comes_back_when_the_new_one_cannot_take_its_place(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = manifest.read(target)
    rename = Path.rename

    def failing(path: Path, to: Path) -> Path:
        if path.name == "new":
            raise OSError("disk failure")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(TrainerError, match="disk failure"), replaced(target) as folder:
        tiny.write_bundle(folder, tmp_path / "base")
    assert manifest.read(target) == before


def test_full_disk_leaves_the_old_checkpoint_whole(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "desk.checkpoint", "run")
    checkpoint.save(Snapshot({"a": torch.zeros(9)}, {"epoch": 1}))
    with pytest.raises(TrainerError, match="cannot be written"), disk_full_after(1024):
        checkpoint.save(Snapshot({"a": torch.zeros(9_000)}, {"epoch": 2}))
    kept = checkpoint.load()
    assert kept is not None
    assert kept.values == {"epoch": 1}
    assert len([*checkpoint.folder.iterdir()]) == 1


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
