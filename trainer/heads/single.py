"""A head with one label a text."""

from collections.abc import Sequence
from typing import cast

import torch
from sklearn import metrics as by_class
from torch import Tensor
from torch.nn import functional

from bundle.tokens import Tokens
from trainer.data.labels import ExampleLabel
from trainer.heads.decision import Decision
from trainer.heads.learner import HeadLearner, Sums, f1_of
from trainer.heads.metrics import Confusion, Metrics, f1, rounded, tables
from trainer.heads.reliability import reliability
from trainer.heads.scored import Scored, Target

# Alerts that are wrong one time in five are still read: how much of the bad news is found then.
_PRECISION = 0.8


class SingleLearner(HeadLearner):
    """A target is the id of the class; the macro-averaged F1 stands for the head."""

    score_name = "macro_f1"

    def target(self, label: ExampleLabel, tokens: Tokens) -> Target:
        return self.head.labels.index(cast(str, label))

    def loss(self, logits: Tensor, targets: Sequence[Target], weight: Tensor | None) -> Tensor:
        wanted = torch.tensor(targets, device=logits.device)
        return functional.cross_entropy(logits, wanted, weight=weight)

    def classes(self, target: Target) -> list[int]:
        return [cast(int, target)]

    def flat(self, scored: Scored) -> tuple[Tensor, Tensor]:
        return torch.stack(scored.outputs), torch.tensor(scored.targets)

    def calibration_loss(self, logits: Tensor, targets: Tensor) -> float:
        return float(functional.cross_entropy(logits, targets))

    def decide(self, target: Target, output: Tensor) -> Decision:
        predicted = int(output.argmax())
        wanted = cast(int, target)
        return Decision(self._found([predicted]), self._found([wanted]), float(output[predicted]))

    def metrics(self, scored: Scored) -> Metrics:
        outputs, targets = self.flat(scored)
        wanted, predicted = targets.tolist(), outputs.argmax(-1).tolist()
        present = sorted({*wanted, *predicted})
        names = [self.head.labels[position] for position in present]
        table, each = tables(by_class, wanted, predicted, labels=present, target_names=names)
        values = {
            "examples": len(wanted),
            "accuracy": rounded(by_class.accuracy_score(wanted, predicted)),
            "macro_f1": f1(wanted, predicted, "macro"),
            **self._of_negative(outputs, targets),
            "classes": each,
        }
        counts = by_class.confusion_matrix(wanted, predicted, labels=present)
        return Metrics(values, table, Confusion(counts, names, names))

    def score(self, sums: Sums) -> float:
        """The macro-averaged F1."""
        return f1_of(sums)

    def _of_negative(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """What alerts live on: how good the probability of `negative` is, where there is one."""
        if "negative" not in self.head.labels:
            return {}
        negative = self.head.labels.index("negative")
        probabilities, correct = outputs[:, negative], targets == negative
        return {
            "negative_calibration_error": rounded(reliability(probabilities, correct).error),
            f"negative_recall_at_precision_{_PRECISION}": rounded(
                recall_at(probabilities, correct)
            ),
        }


def recall_at(probabilities: Tensor, correct: Tensor, precision: float = _PRECISION) -> float:
    """The best recall over all thresholds with at least this `precision`; both are (n,).

    0 when no threshold has it, or there is nothing to find.
    """
    if not correct.any():
        return 0.0
    precisions, recalls, _ = by_class.precision_recall_curve(correct.numpy(), probabilities.numpy())
    return float(recalls[precisions >= precision].max())
