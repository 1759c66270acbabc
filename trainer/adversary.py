"""Word vectors pushed to where the loss grows, so that a few words cannot decide alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

# Keeps a gradient of zero from being divided by its length.
_LEAST = 1e-9


class Adversary:
    """The fast gradient method on an encoder's word vectors (Miyato et al. 2017, 1605.07725).

    After a backward pass `applied` moves the vectors by `reach`, the length of the whole move,
    along their gradient; a second pass then adds the gradient of the text so disturbed.
    """

    def __init__(self, vectors: nn.Module, reach: float) -> None:
        (self._weight,) = vectors.parameters()
        self._reach = reach

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The vectors are moved inside, and exactly as they were afterwards."""
        kept = self._weight.detach().clone()
        self._move()
        try:
            yield
        finally:
            self._put(kept)

    @torch.no_grad()
    def _move(self) -> None:
        gradient = self._weight.grad
        if gradient is not None:
            self._weight.add_(gradient * (self._reach / (gradient.norm() + _LEAST)))

    @torch.no_grad()
    def _put(self, kept: Tensor) -> None:
        self._weight.copy_(kept)
