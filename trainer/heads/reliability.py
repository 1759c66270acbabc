"""Probabilities beside the share of predictions that are right."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence beside accuracy, in bins of equal width; each (bins,), float64.

    `counts` say how many are in a bin, `confidence` and `correct` are sums over them.
    """

    counts: Tensor
    confidence: Tensor
    correct: Tensor

    @property
    def error(self) -> float:
        """The expected calibration error: the mean gap, weighted by what is in the bins."""
        return float((self.confidence - self.correct).abs().sum() / self.counts.sum())


def reliability(probabilities: Tensor, correct: Tensor, bins: int = 15) -> Reliability:
    """How far `probabilities` are from the share that is `correct`, by bin; both are (n,)."""
    places = (probabilities * bins).long().clamp(max=bins - 1)
    sums = [torch.ones_like(probabilities), probabilities, correct]
    return Reliability(
        *(
            torch.zeros(bins, dtype=torch.float64).index_add_(0, places, values.double())
            for values in sums
        )
    )
