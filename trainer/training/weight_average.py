"""A running average of weights: steadier than the weights of the last step."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

# The average forgets a step after about this many more, and sooner while there were few.
_MEMORY = 100
_START = 10


class WeightAverage:
    """The exponential average of a network's trained weights over the steps."""

    def __init__(self, network: nn.Module) -> None:
        self._own = [weight for weight in network.parameters() if weight.requires_grad]
        self.weights = [weight.detach().clone() for weight in self._own]
        self.steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are after a step."""
        self.steps += 1
        share = 1 / min(_MEMORY, _START + self.steps)
        for average, weight in zip(self.weights, self._own, strict=True):
            average.lerp_(weight, share)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The network has the averages inside, and its own weights again afterwards."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for weight, average in zip(self._own, self.weights, strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)
