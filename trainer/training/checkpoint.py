"""A training run on disk, to go on from after an interruption."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from trainer.errors import TrainerError

FILE = "state.safetensors"


def checkpoint_folder(output: Path) -> Path:
    """Where the checkpoint of the run that writes to `output` is: beside it."""
    target = output.resolve()
    return target.with_name(f"{target.name}.checkpoint")


class Snapshot(Struct, frozen=True):
    """All that decides how a run goes on: tensors by name, and values that JSON can hold."""

    tensors: dict[str, Tensor]
    values: dict[str, Any]


class Checkpoint:
    """The last snapshot of the run `run` in `folder`: one file, replaced as a whole.

    `run` is the same for the same command on the same data, and for nothing else.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder
        self._path = folder / FILE
        self._run = run

    def save(self, snapshot: Snapshot) -> None:
        """Write `snapshot`; raises `TrainerError` when the disk does not take it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{FILE}.new"
        metadata = {"run": self._run, "values": msgspec.json.encode(snapshot.values).decode()}
        tensors = {name: tensor.contiguous() for name, tensor in snapshot.tensors.items()}
        try:
            save_file(tensors, fresh, metadata)
            fresh.replace(self._path)
        except (SafetensorError, OSError) as error:
            fresh.unlink(missing_ok=True)
            raise TrainerError(f"the checkpoint {self._path} cannot be written: {error}") from None

    def load(self) -> Snapshot | None:
        """The snapshot, or None when there is none of this run.

        Raises:
            TrainerError: the file is not a checkpoint.
        """
        if not self._path.is_file():
            return None
        try:
            with safe_open(self._path, "pt") as file:
                metadata = file.metadata()
                if metadata["run"] != self._run:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Snapshot(tensors, msgspec.json.decode(metadata["values"]))
        except (SafetensorError, OSError, TypeError, KeyError, msgspec.DecodeError) as error:
            raise TrainerError(
                f"{self._path} is not a checkpoint ({error!r}): delete it to train from the start"
            ) from None

    def discard(self) -> None:
        """Remove the folder: the run is over."""
        shutil.rmtree(self.folder, ignore_errors=True)
