"""A head with any number of labels a text."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from sklearn import metrics as by_class
from torch import Tensor
from torch.nn import functional

from bundle.tokens import Tokens
from trainer.data.labels import ExampleLabel
from trainer.heads.decision import Decision
from trainer.heads.learner import HeadLearner
from trainer.heads.metrics import Confusion, Metrics, f1, tables
from trainer.heads.scored import Scored, Target

# A label that every text has, or none, is not taken to be quite certain.
_MIN_SHARE = 1e-3

_THRESHOLDS = [step / 20 for step in range(2, 19)]


class MultiLearner(HeadLearner):
    """A target is 0 or 1 for each label; the micro-averaged F1 stands for the head."""

    score_name = "micro_f1"

    def target(self, label: ExampleLabel, tokens: Tokens) -> Target:
        names = (label,) if isinstance(label, str) else label
        return [float(name in names) for name in self.head.labels]

    def loss(self, logits: Tensor, targets: Sequence[Target], weight: Tensor | None) -> Tensor:
        wanted = torch.tensor(targets, device=logits.device)
        each = functional.binary_cross_entropy_with_logits(
            logits, wanted, pos_weight=weight, reduction="none"
        )
        return each.sum(-1).mean()

    def classes(self, target: Target) -> list[int]:
        return [position for position, has in enumerate(cast(list[float], target)) if has]

    def balanced_weights(self, targets: Sequence[Target]) -> list[float]:
        """Weights under which having a label and not having it count alike."""
        counts = self.counts(targets)
        labels = range(len(self.head.labels))
        return [(len(targets) - counts[k]) / max(counts[k], 1) for k in labels]

    def prior_logits(self, targets: Sequence[Target]) -> Tensor:
        return torch.logit(self._seen(targets) / len(targets), eps=_MIN_SHARE)

    def flat(self, scored: Scored) -> tuple[Tensor, Tensor]:
        return torch.stack(scored.outputs), torch.tensor(scored.targets)

    def calibration_loss(self, logits: Tensor, targets: Tensor) -> float:
        wanted = targets.to(logits.dtype)
        return float(functional.binary_cross_entropy_with_logits(logits, wanted))

    def best_threshold(self, probabilities: Tensor, targets: Tensor) -> float:
        """The threshold with the best F1 over all labels."""
        return max(_THRESHOLDS, key=lambda value: _micro_f1(probabilities >= value, targets > 0))

    def confidence(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        return outputs.flatten(), targets.flatten() > 0

    def uncalibrated(self, probabilities: Tensor) -> Tensor:
        return (probabilities.logit() * self.head.temperature).sigmoid()

    def decide(self, target: Target, output: Tensor) -> Decision:
        labels = range(len(self.head.labels))
        predicted = [k for k in labels if output[k] >= self.head.threshold]
        wanted = self.classes(target)
        wrong = set(predicted) ^ set(wanted)
        certainty = [float(output[k] if k in predicted else 1 - output[k]) for k in labels]
        confidence = max(certainty[k] for k in wrong) if wrong else min(certainty)
        return Decision(self._found(predicted), self._found(wanted), confidence)

    def metrics(self, scored: Scored) -> Metrics:
        outputs, targets = self.flat(scored)
        wanted = targets.int().numpy()
        predicted = (outputs >= self.head.threshold).int().numpy()
        table, each = tables(by_class, wanted, predicted, target_names=self.head.labels)
        values = {
            "examples": len(wanted),
            "micro_f1": f1(wanted, predicted, "micro"),
            "macro_f1": f1(wanted, predicted, "macro"),
            "classes": each,
        }
        cells = by_class.multilabel_confusion_matrix(wanted, predicted)
        counts = np.stack([cells[:, 1, 1], cells[:, 1, 0], cells[:, 0, 1]], axis=1)
        confusion = Confusion(counts, self.head.labels, ["found", "missed", "wrong"])
        return Metrics(values, table, confusion)


def _micro_f1(predicted: Tensor, wanted: Tensor) -> float:
    """Micro-averaged F1 of two boolean tensors of the same shape."""
    hits = (predicted & wanted).sum()
    return float(2 * hits / (predicted.sum() + wanted.sum()).clamp(min=1))
