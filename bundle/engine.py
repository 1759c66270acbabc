"""What computes the logits of a bundle's heads, in torch or otherwise."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from bundle.heads import HeadName
from bundle.tokens import Tokens


class Engine(Protocol):
    """A loaded network that is fed with tokens."""

    def logits(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits of each head, float64 on the CPU: see `bundle.network.Scorer.forward`."""
        ...
