"""How a network is trained."""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["auto", "fp32", "bf16"]
Method = Literal["full", "head", "lora", "adalora", "prefix", "ia3", "bottleneck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hyperparameters; the defaults suit a small encoder and some thousand examples.

    Attributes:
        epochs: passes over the training split, at most.
        batch_size: texts a step.
        freeze_embeddings: leave the encoder's word vectors as they are, which saves time.
        learning_rate: the encoder's highest, after warm-up.
        head_learning_rate: that of the heads, which start from nothing.
        weight_decay: of weight matrices; biases and norms have none.
        warmup: share of all steps in which the rates rise, before they fall to zero.
        dropout: share of the features that a head does not see in a step.
        adversarial: how far word vectors are pushed against the loss in a second pass a step;
            0 is no second pass, which halves the time.
        patience: epochs without a better score on the validation split before it stops.
        seed: of the split, the heads, the order of texts and dropout.
        max_length: tokens of a text that are read.
        method: what of the encoder is trained, see `trainer.training.methods`.
        precision: `auto` is bf16 where the machine computes in it, else fp32.
    """

    epochs: int
    batch_size: int = 16
    freeze_embeddings: bool = False
    learning_rate: float = 2e-4
    head_learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    dropout: float = 0.1
    adversarial: float = 0.0
    patience: int = 2
    seed: int = 13
    max_length: int = 128
    method: Method = "full"
    precision: Precision = "auto"

    def steps(self, texts: int) -> int:
        """How many steps training on so many texts takes, at most."""
        return self.epochs * -(-texts // self.batch_size)
