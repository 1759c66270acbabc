"""Temperatures and thresholds, fitted on the validation split."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import torch
from torch import Tensor
from torch.nn import functional

from bundle.manifest import Head
from trainer.data.items import NO_TAG, Target
from trainer.judging.scoring import Scored

# Beyond these a head is broken rather than badly calibrated.
_COLDEST, _HOTTEST, _STEPS = 0.2, 5.0, 200
_THRESHOLDS = [step / 20 for step in range(2, 19)]


def calibrate(head: Head, scored: Scored) -> Head:
    """`head` at the temperature (and threshold, if multi-label) that suits the logits `scored`."""
    logits, targets = flat(head, scored)
    grid = torch.logspace(math.log10(_COLDEST), math.log10(_HOTTEST), _STEPS, dtype=logits.dtype)
    losses = [_loss(head, logits / temperature, targets) for temperature in grid]
    fitted = msgspec.structs.replace(head, temperature=round(float(grid[_least(losses)]), 4))
    if head.kind != "multi":
        return fitted
    probabilities = (logits / fitted.temperature).sigmoid()
    return msgspec.structs.replace(fitted, threshold=_threshold(probabilities, targets))


def flat(head: Head, scored: Scored) -> tuple[Tensor, Tensor]:
    """Outputs (n, labels) and targets, (n,) or if multi-label (n, labels); tokens if tags."""
    if head.kind != "tags":
        return torch.stack(scored.outputs), torch.tensor(scored.targets)
    outputs = torch.cat(scored.outputs)
    tags = torch.tensor([tag for target in scored.targets for tag in _listed(target)])
    return outputs[tags != NO_TAG], tags[tags != NO_TAG]


def sureness(head: Head, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """What a head claims and whether it is so, both (n,), from what `flat` gives.

    The probability of the likeliest class; if multi-label, of each label.
    """
    if head.kind == "multi":
        return outputs.flatten(), targets.flatten() > 0
    return outputs.amax(-1), outputs.argmax(-1) == targets


def uncalibrated(head: Head, probabilities: Tensor) -> Tensor:
    """The probabilities as they would be without the head's temperature."""
    if head.kind == "multi":
        return (probabilities.logit() * head.temperature).sigmoid()
    return (probabilities.log() * head.temperature).softmax(-1)


@dataclass(frozen=True, slots=True)
class Reliability:
    """What is claimed beside what is so, in bins of equal width; each (bins,), float64.

    `counts` say how many are in a bin, `claimed` and `hits` are sums over them.
    """

    counts: Tensor
    claimed: Tensor
    hits: Tensor

    @property
    def error(self) -> float:
        """The expected calibration error: the mean gap, weighted by what is in the bins."""
        return float((self.claimed - self.hits).abs().sum() / self.counts.sum())


def reliability(probabilities: Tensor, hits: Tensor, bins: int = 15) -> Reliability:
    """How far `probabilities` are from the share of `hits` among their like; both are (n,)."""
    places = (probabilities * bins).long().clamp(max=bins - 1)
    sums = [torch.ones_like(probabilities), probabilities, hits]
    return Reliability(
        *(
            torch.zeros(bins, dtype=torch.float64).index_add_(0, places, values.double())
            for values in sums
        )
    )


def _loss(head: Head, logits: Tensor, targets: Tensor) -> float:
    if head.kind == "multi":
        return float(functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype)))
    return float(functional.cross_entropy(logits, targets))


def _threshold(probabilities: Tensor, targets: Tensor) -> float:
    """The threshold with the best F1 over all labels."""
    scores = [f1(probabilities >= threshold, targets > 0) for threshold in _THRESHOLDS]
    return _THRESHOLDS[_least([-score for score in scores])]


def f1(said: Tensor, wanted: Tensor) -> float:
    """Micro-averaged F1 of two boolean tensors of the same shape."""
    return float(2 * (said & wanted).sum() / (said.sum() + wanted.sum()).clamp(min=1))


def _least(values: Sequence[float]) -> int:
    return min(range(len(values)), key=values.__getitem__)


def _listed(target: Target) -> list[int]:
    return [int(tag) for tag in target] if isinstance(target, list) else [target]
