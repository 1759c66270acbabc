"""Word vectors pushed to where the loss grows, so that a few words cannot decide alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from bundle.network import Network
from trainer.errors import TrainerError

# Keeps a gradient of zero from being divided by its length.
_EPSILON = 1e-9


class Adversary:
    """The fast gradient method on an encoder's word vectors (Miyato et al. 2017, 1605.07725).

    After a backward pass `applied` moves the vectors by `reach`, the length of the whole move,
    along their gradient; a second pass then adds the gradient of the text so disturbed.

    Raises:
        TrainerError: the word vectors do not learn, and so have no gradient to go along.
    """

    def __init__(self, network: Network, reach: float) -> None:
        self._network = network
        self._vectors = cast(nn.Embedding, network.encoder.get_input_embeddings()).weight
        self._reach = reach
        if not self._vectors.requires_grad:
            raise TrainerError("--adversarial needs word vectors that learn; here they are frozen")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, vectors are moved and no weight has a gradient.

        Afterwards the vectors are as they were, and gradients the sums of before and inside.
        """
        vectors = self._vectors.detach().clone()
        gradients = [(w, w.grad) for w in self._network.parameters() if w.grad is not None]
        self._move()
        self._network.zero_grad()
        try:
            yield
        finally:
            self._put(vectors)
        for weight, gradient in gradients:
            weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)

    @torch.no_grad()
    def _move(self) -> None:
        gradient = self._vectors.grad
        if gradient is not None:
            self._vectors.add_(gradient * (self._reach / (gradient.norm() + _EPSILON)))

    @torch.no_grad()
    def _put(self, vectors: Tensor) -> None:
        self._vectors.copy_(vectors)
