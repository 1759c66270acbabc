"""What a training run is asked for, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundle.heads import Head, HeadName
from bundle.manifest import digest, short_version
from trainer.data.option_values import ClassWeights
from trainer.data.splits import Split
from trainer.evaluation.report import Report
from trainer.hyperparameters import Hyperparameters
from trainer.training.epoch import Epoch
from trainer.training.training_cost import TrainingCost


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """What to train, on what, and where the bundle goes.

    `sources` say what the data is, `notes` what a person should know of it. `wandb` names a
    project of Weights & Biases to log to.
    """

    name: str
    sources: list[str]
    notes: list[str]
    split: Split
    heads: dict[HeadName, Head]
    weights: Mapping[HeadName, ClassWeights]
    base_model: str
    output: Path
    hyperparameters: Hyperparameters
    wandb: str | None = None

    def identity(self, base: Path) -> str:
        """The same for runs that give the same weights from the encoder in `base`, only for those.

        A hash of the hyperparameters, the heads, every example, and the weights of the encoder.
        """
        # The name that it had when the first checkpoints and searches were written.
        hyperparameters = repr(self.hyperparameters).replace("Hyperparameters", "Settings", 1)
        asked = [hyperparameters, *map(repr, (self.heads, self.weights, self.split))]
        weights = sorted(base.glob("*.safetensors"))
        return short_version([*asked, *map(digest, weights)])


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What came of a run: epochs, cost, and the reports on the part of the split `evaluated_on`."""

    epochs: list[Epoch]
    cost: TrainingCost
    evaluated_on: str
    reports: list[Report]
