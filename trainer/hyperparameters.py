"""How a network is trained."""

from dataclasses import dataclass, field
from typing import Any, Literal

Precision = Literal["auto", "fp32", "bf16"]
Method = Literal["full", "head", "lora", "adalora", "prefix", "ia3", "bottleneck"]


def _option(text: str, **limits: float) -> dict[str, Any]:
    """What the command line says of a field: its `help`, and a `minimum` and `maximum`."""
    return {"help": text, **limits}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """All that decides a training beside the data; the defaults suit some thousand examples.

    `epochs` are passes over the training split, at most. The metadata of each other field say
    what it is and which values it can have: the options of the command line are made of them.
    """

    epochs: int
    batch_size: int = field(default=16, metadata=_option("Texts a step.", minimum=1))
    freeze_embeddings: bool = field(
        default=False, metadata=_option("Leave the word vectors as they are; saves time.")
    )
    layers: int = field(
        default=0,
        metadata=_option(
            "Keep so many of the encoder's layers, the lowest; 0 keeps all. Fewer take less time,"
            " in training and in use.",
            minimum=0,
        ),
    )
    freeze_layers: int = field(
        default=0,
        metadata=_option(
            "Leave so many of the lowest layers, and the word vectors, as they are; saves time.",
            minimum=0,
        ),
    )
    # The highest, after warm-up.
    learning_rate: float = field(default=2e-4, metadata=_option("Of the encoder.", minimum=0.0))
    # They start from nothing, and so need a higher one.
    head_learning_rate: float = field(default=3e-3, metadata=_option("Of the heads.", minimum=0.0))
    # Biases and norms have none.
    weight_decay: float = field(
        default=0.01, metadata=_option("Of the weight matrices.", minimum=0.0)
    )
    # The rates rise in it, and fall to zero after it.
    warmup: float = field(
        default=0.1, metadata=_option("Share of the steps.", minimum=0.0, maximum=0.9)
    )
    dropout: float = field(
        default=0.1, metadata=_option("Before the heads.", minimum=0.0, maximum=0.9)
    )
    adversarial: float = field(
        default=0.0,
        metadata=_option(
            "Learn from each text once more with its word vectors pushed this far against the loss:"
            " twice the time, and on a few thousand tweets a point of accuracy (0.5).",
            minimum=0.0,
        ),
    )
    # Epochs without a better score on the validation split.
    patience: int = field(default=2, metadata=_option("Epochs to wait.", minimum=1))
    # Of the heads' first weights, the order of texts and dropout too.
    seed: int = field(default=13, metadata=_option("Seed of split and training."))
    max_length: int = field(
        default=128, metadata=_option("Tokens of a text that are read.", minimum=8)
    )
    # See `trainer.training.methods`.
    method: Method = field(
        default="full",
        metadata=_option(
            "What of the encoder is trained: all, nothing (head), or a few weights beside it, which"
            " want a higher --learning-rate. lora, adalora and ia3 are merged into the encoder.",
        ),
    )
    precision: Precision = field(
        default="auto",
        metadata=_option("Of training; auto is bf16 where the machine computes in it."),
    )

    def steps(self, texts: int) -> int:
        """How many steps training on so many texts takes, at most."""
        return self.epochs * -(-texts // self.batch_size)
