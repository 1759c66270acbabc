"""What training and evaluation ask of a head, whatever its kind."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bundle.heads import Head
from bundle.tokens import Tokens
from trainer.data.labels import ExampleLabel
from trainer.heads.decision import Decision, Found
from trainer.heads.metrics import Metrics
from trainer.heads.scored import Scored, Target

# Sums over examples, (3, classes): predicted and wanted, predicted, wanted.
Sums = NDArray[np.float64]


class HeadLearner(ABC):
    """Targets, loss, calibration, decisions and metrics of one head; a class for each kind.

    Attributes:
        score_name: which of the metrics stands for the head.
    """

    score_name: ClassVar[str]

    def __init__(self, head: Head) -> None:
        self.head = head

    @abstractmethod
    def target(self, label: ExampleLabel, tokens: Tokens) -> Target:
        """A label, which must be one of the head's, as the number or numbers to learn."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Sequence[Target], weight: Tensor | None) -> Tensor:
        """The mean negative log likelihood; `weight` is (labels,).

        `logits` are (texts, labels), for tags (texts, length, tags).
        """

    @abstractmethod
    def classes(self, target: Target) -> list[int]:
        """The ids of the labels that a target has, one for each time it has it."""

    def counts(self, targets: Sequence[Target]) -> Counter[int]:
        """How often each label is among `targets`."""
        return Counter(found for target in targets for found in self.classes(target))

    def balanced_weights(self, targets: Sequence[Target]) -> list[float]:
        """Weights of the labels, in their order, under which all count alike."""
        counts = self.counts(targets)
        total = sum(counts.values()) / len(counts)
        return [total / counts[k] if counts[k] else 1.0 for k in range(len(self.head.labels))]

    def prior_logits(self, targets: Sequence[Target]) -> Tensor:
        """Logits, (labels,), of how often each label is among `targets`."""
        seen = self._seen(targets)
        return torch.log(seen / seen.sum())

    @abstractmethod
    def flat(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Outputs (n, labels) and targets, (n,) or if multi-label (n, labels); tokens if tags."""

    @abstractmethod
    def calibration_loss(self, logits: Tensor, targets: Tensor) -> float:
        """The mean negative log likelihood of what `flat` gives."""

    def best_threshold(self, probabilities: Tensor, targets: Tensor) -> float:
        """The threshold that suits probabilities and targets as `flat` gives them."""
        return self.head.threshold

    def confidence(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities and whether each is of what is right, both (n,), from what `flat` gives.

        Of the likeliest class; if multi-label, of each label.
        """
        return outputs.amax(-1), outputs.argmax(-1) == targets

    def uncalibrated(self, probabilities: Tensor) -> Tensor:
        """The probabilities as they would be without the head's temperature."""
        return (probabilities.log() * self.head.temperature).softmax(-1)

    @abstractmethod
    def decide(self, target: Target, output: Tensor) -> Decision:
        """The decision on one example, from its probabilities."""

    def decisions(self, scored: Scored) -> list[Decision]:
        """The decision on each example of `scored`, which holds probabilities, in order."""
        return [self.decide(*pair) for pair in zip(scored.targets, scored.outputs, strict=True)]

    @abstractmethod
    def metrics(self, scored: Scored) -> Metrics:
        """How good the probabilities `scored` are; `score_name` is one of the metrics."""

    def score(self, sums: Sums) -> float:
        """The figure that stands for the head, from sums over decisions: micro-averaged F1."""
        return f1_of(sums.sum(-1, keepdims=True))

    def _seen(self, targets: Sequence[Target]) -> Tensor:
        counts = self.counts(targets)
        return torch.tensor([float(max(counts[k], 1)) for k in range(len(self.head.labels))])

    def _found(self, positions: Sequence[int]) -> frozenset[Found]:
        return frozenset((self.head.labels[position], 0, 0) for position in positions)


def f1_of(sums: Sums) -> float:
    """The mean F1 of the classes that were predicted or wanted at all."""
    hits, both = sums[0], sums[1] + sums[2]
    present = both > 0
    return float((2 * hits[present] / both[present]).mean()) if present.any() else 0.0
