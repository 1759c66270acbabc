"""The forward pass in torch, on the device there is."""

from collections.abc import Sequence

import torch
from torch import Tensor

from bundle.batching import padded_rows
from bundle.heads import HeadName
from bundle.network import Scorer
from bundle.packed_linear import pack_linear_layers
from bundle.tokens import Tokens


class TorchEngine:
    """Runs a network in torch, on the GPU if there is one.

    In single precision on purpose: bfloat16 is half as fast again on a CPU that has it, but
    then a probability moves by up to 0.02 with the texts that happen to share its batch.
    """

    def __init__(self, network: Scorer) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        self._pad_id: int = network.config.pad_token_id or 0
        self._max_length: int | None = getattr(network.config, "max_position_embeddings", None)

    @classmethod
    def for_inference(cls, network: Scorer) -> "TorchEngine":
        """An engine for a network that is not trained any more.

        On a CPU the logits of a text do not depend on what shares its batch, where texts are padded
        alike.
        """
        engine = cls(network)
        if engine.device.type == "cpu":
            pack_linear_layers(network)
        return engine

    def forward(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits of each head: see `Scorer.forward`. Rows are padded to one length."""
        ids, mask = padded_rows(batch, self._pad_id, self._max_length)
        logits: dict[HeadName, Tensor] = self.network(
            torch.tensor(ids, device=self.device), torch.tensor(mask, device=self.device)
        )
        return logits

    def logits(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """The logits without gradients and dropout, float64 on the CPU."""
        self.network.eval()
        with torch.inference_mode():
            return {name: values.double().cpu() for name, values in self.forward(batch).items()}
