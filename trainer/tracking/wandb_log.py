"""The curves of a training at Weights & Biases, for those who ask for it."""

from dataclasses import asdict

from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters
from trainer.training.epoch import Epoch


class WandbLog:
    """Logs what `trainer.tracking.tensorboard_log.TensorBoardLog` writes.

    Curves and hyperparameters go there, and nothing else.
    """

    def __init__(self, project: str, name: str, hyperparameters: Hyperparameters) -> None:
        """Begin a run of `project`; raises `TrainerError` when Weights & Biases cannot."""
        try:
            import wandb
        except ImportError:
            raise TrainerError(
                "--wandb needs the extra wandb: pip install 'petrel[wandb]'"
            ) from None
        # No word of the data, the source or the machine leaves it.
        settings = wandb.Settings(
            console="off",
            disable_code=True,
            disable_git=True,
            x_disable_meta=True,
            x_disable_stats=True,
            x_save_requirements=False,
        )
        try:
            self._run = wandb.init(
                project=project,
                name=f"{name} seed {hyperparameters.seed}",
                config=asdict(hyperparameters),
                settings=settings,
            )
        except wandb.errors.Error as error:
            raise TrainerError(f"--wandb {project}: {error}") from None

    def step(self, step: int, loss: float, rate: float) -> None:
        """As `TensorBoardLog.step`."""
        self._run.log({"train/loss": loss, "train/learning_rate": rate}, step=step)

    def epoch(self, epoch: Epoch) -> None:
        """As `TensorBoardLog.epoch`."""
        self._run.log({"epoch/loss": epoch.loss, "epoch/validation_score": epoch.score})

    def close(self) -> None:
        """Send what is left."""
        self._run.finish()
