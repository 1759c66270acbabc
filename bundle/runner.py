"""The forward pass over texts of unequal length, on the device there is."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from bundle.manifest import HeadName
from bundle.network import Scorer
from bundle.tokens import Tokens


class Runner:
    """A network on its device, fed with tokens.

    In single precision on purpose: bfloat16 is half as fast again on a CPU that has it, but
    then a probability moves by up to 0.02 with the texts that happen to share its batch.
    """

    def __init__(self, network: Scorer) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        self._pad_id: int = network.config.pad_token_id or 0

    def forward(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits of each head: see `Scorer.forward`. Rows are padded to the longest."""
        longest = max(len(tokens) for tokens in batch)
        ids = [tokens.ids + [self._pad_id] * (longest - len(tokens)) for tokens in batch]
        mask = [[1] * len(tokens) + [0] * (longest - len(tokens)) for tokens in batch]
        logits: dict[HeadName, Tensor] = self.network(
            torch.tensor(ids, device=self.device), torch.tensor(mask, device=self.device)
        )
        return logits

    def logits(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits without gradients and dropout, float64 on the CPU."""
        self.network.eval()
        with torch.inference_mode():
            return {name: values.double().cpu() for name, values in self.forward(batch).items()}


def by_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Positions of texts of like length together, `size` at a time, the longest first."""
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    for start in range(0, len(order), size):
        yield order[start : start + size]
