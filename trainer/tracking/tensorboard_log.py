"""The curves of a training as TensorBoard event files."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from trainer.training.epoch import Epoch

PATTERN = "events.out.tfevents.*"


class TensorBoardLog:
    """Writes curves into `folder`, where `tensorboard --logdir` finds them while they grow."""

    def __init__(self, folder: Path, steps: int) -> None:
        """Go on after `steps`: what an interrupted run wrote beyond them is not shown."""
        self._writer = SummaryWriter(folder, purge_step=steps + 1 if steps else None)

    def step(self, step: int, loss: float, rate: float) -> None:
        """One step: the loss of its batch, and the learning rate of the encoder."""
        self._add("train/loss", loss, step)
        self._add("train/learning_rate", rate, step)

    def epoch(self, epoch: Epoch) -> None:
        """One epoch: its mean loss and its validation score."""
        self._add("epoch/loss", epoch.loss, epoch.number)
        self._add("epoch/validation_score", epoch.score, epoch.number)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _add(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)


def copy_event_files(source: Path, target: Path) -> None:
    """Copy the event files of `source` into `target`, by number: their names hold the machine's."""
    for number, path in enumerate(sorted(source.glob(PATTERN))):
        (target / f"{PATTERN[:-1]}{number}").write_bytes(path.read_bytes())
