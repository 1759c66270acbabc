"""The loss of several heads, each over the examples that have a label for it."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from bundle.heads import Head, HeadName
from trainer.data.option_values import ClassWeights
from trainer.errors import TrainerError
from trainer.heads import learner_of
from trainer.heads.tokenized_example import TokenizedExample


class MaskedLoss:
    """The negative log likelihood of a batch: of each head the mean, summed over heads.

    An example without a label for a head adds nothing to that head's loss, and no gradient; so
    that a head with few examples learns from each of them as much as one with many.
    `weights` of a head are those of its classes, in the order of its labels.
    """

    def __init__(
        self,
        heads: Mapping[HeadName, Head],
        weights: Mapping[HeadName, Sequence[float]],
        device: torch.device,
    ) -> None:
        self._learners = {name: learner_of(head) for name, head in heads.items()}
        self._weights = {
            name: torch.tensor(values, device=device) for name, values in weights.items()
        }

    def __call__(
        self, logits: Mapping[HeadName, Tensor], batch: Sequence[TokenizedExample]
    ) -> Tensor:
        """The loss, a scalar. `logits` are those of `bundle.network.Scorer` for `batch`."""
        total = next(iter(logits.values())).new_zeros(())
        for name, learner in self._learners.items():
            rows = [row for row, example in enumerate(batch) if name in example.targets]
            if rows:
                targets = [batch[row].targets[name] for row in rows]
                weight = self._weights.get(name)
                total = total + learner.loss(logits[name][rows], targets, weight)
        return total


def class_weights(
    given: Mapping[HeadName, ClassWeights],
    heads: Mapping[HeadName, Head],
    examples: Sequence[TokenizedExample],
) -> dict[HeadName, list[float]]:
    """The weight of each class of the heads named in `given`, in the order of its labels.

    Raises:
        TrainerError: a head or a label that there is none of.
    """
    weights = {}
    for name, values in given.items():
        if name not in heads:
            raise TrainerError(f"--class-weights: no file labels {name}, only {', '.join(heads)}")
        targets = [example.targets[name] for example in examples if name in example.targets]
        weights[name] = (
            learner_of(heads[name]).balanced_weights(targets)
            if values is None
            else _in_order(name, values, heads[name].labels)
        )
    return weights


def _in_order(name: HeadName, values: Mapping[str, float], labels: list[str]) -> list[float]:
    unknown = [label for label in values if label not in labels]
    if unknown:
        raise TrainerError(
            f"--class-weights {name}: {unknown[0]!r} is not a label; they are {', '.join(labels)}"
        )
    return [values.get(label, 1.0) for label in labels]
