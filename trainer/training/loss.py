"""The loss of several heads, each over the examples that have a label for it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from bundle.manifest import Head, HeadName
from trainer.data.items import NO_TAG, Item, Target
from trainer.data.options import Weights
from trainer.errors import TrainerError

# A label that every text has, or none, is not taken to be quite certain.
_RAREST = 1e-3


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
        self._heads = heads
        self._weights = {
            name: torch.tensor(values, device=device) for name, values in weights.items()
        }

    def __call__(self, logits: Mapping[HeadName, Tensor], batch: Sequence[Item]) -> Tensor:
        """The loss, a scalar. `logits` are those of `bundle.network.Scorer` for `batch`."""
        total = next(iter(logits.values())).new_zeros(())
        for name in self._heads:
            rows = [row for row, item in enumerate(batch) if name in item.targets]
            if rows:
                targets = [batch[row].targets[name] for row in rows]
                total = total + self._mean(name, logits[name][rows], targets)
        return total

    def _mean(self, name: HeadName, logits: Tensor, targets: list[Target]) -> Tensor:
        weight = self._weights.get(name)
        kind = self._heads[name].kind
        if kind == "tags":
            logits, targets = logits.transpose(1, 2), _filled(targets, logits.shape[1])
        wanted = torch.tensor(targets, device=logits.device)
        if kind == "multi":
            each = functional.binary_cross_entropy_with_logits(
                logits, wanted, pos_weight=weight, reduction="none"
            )
            return each.sum(-1).mean()
        return functional.cross_entropy(logits, wanted, weight=weight, ignore_index=NO_TAG)


def class_weights(
    given: Mapping[HeadName, Weights], heads: Mapping[HeadName, Head], items: Sequence[Item]
) -> dict[HeadName, list[float]]:
    """The weight of each class of the heads named in `given`, in the order of its labels.

    Raises:
        TrainerError: a head or a label that there is none of.
    """
    weights = {}
    for name, values in given.items():
        if name not in heads:
            raise TrainerError(f"--class-weights: no file labels {name}, only {', '.join(heads)}")
        weights[name] = (
            _balanced(heads[name], [item.targets[name] for item in items if name in item.targets])
            if values is None
            else _listed(name, values, heads[name].labels)
        )
    return weights


def prior_logits(head: Head, targets: Sequence[Target]) -> Tensor:
    """Logits, (labels,), of how often each label is among `targets`: a head's first guess."""
    counts = Counter(found for target in targets for found in _classes(target))
    seen = torch.tensor([float(max(counts[k], 1)) for k in range(len(head.labels))])
    if head.kind == "multi":
        return torch.logit(seen / len(targets), eps=_RAREST)
    return torch.log(seen / seen.sum())


def _balanced(head: Head, targets: Sequence[Target]) -> list[float]:
    """Weights under which the classes (multi: having a label and not having it) count alike."""
    counts = Counter(found for target in targets for found in _classes(target))
    if head.kind == "multi":
        return [(len(targets) - counts[k]) / max(counts[k], 1) for k in range(len(head.labels))]
    total = sum(counts.values()) / len(counts)
    return [total / counts[k] if counts[k] else 1.0 for k in range(len(head.labels))]


def _classes(target: Target) -> list[int]:
    if isinstance(target, int):
        return [target]
    if target and isinstance(target[0], float):
        return [position for position, has in enumerate(target) if has]
    return [int(tag) for tag in target if tag != NO_TAG]


def _listed(name: HeadName, values: Mapping[str, float], labels: list[str]) -> list[float]:
    unknown = [label for label in values if label not in labels]
    if unknown:
        raise TrainerError(
            f"--class-weights {name}: {unknown[0]!r} is not a label; they are {', '.join(labels)}"
        )
    return [values.get(label, 1.0) for label in labels]


def _filled(targets: list[Target], length: int) -> list[Target]:
    """Tags of each row filled up to `length` with tags that do not count."""
    rows = [target for target in targets if isinstance(target, list)]
    return [[*map(int, row), *[NO_TAG] * (length - len(row))] for row in rows]
