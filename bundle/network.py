"""One encoder with several linear heads, in torch."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import cast

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from bundle.adapters import ADAPTERS_FILE, Adapters, load_adapters
from bundle.heads import HEADS, Head, HeadName
from bundle.manifest import BundleError
from bundle.pretrained import load_encoder, quiet

HEADS_FILE = "heads.safetensors"


class Scorer(nn.Module, ABC):
    """Logits of each head for a padded batch."""

    config: PretrainedConfig

    @abstractmethod
    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[HeadName, Tensor]:
        """Logits: (batch, labels) of a text head, (batch, length, tags) of a head that sees tokens.

        `input_ids` and `attention_mask` are (batch, length).
        """


class Network(Scorer):
    """An encoder and its heads; the text heads see the mean of the tokens that are not padding."""

    def __init__(
        self, encoder: PreTrainedModel, sizes: dict[HeadName, int], dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.adapters = Adapters()
        self.config = encoder.config
        self.dropout = nn.Dropout(dropout)
        width = self.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, n) for name, n in sizes.items()})

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[HeadName, Tensor]:
        inputs = self.adapters.inputs(attention_mask)
        states = self.encoder(input_ids=input_ids, **inputs).last_hidden_state.float()
        pooled = self.dropout(mean_pool(states, attention_mask))
        tokens = self.dropout(states)
        return {
            name: head(tokens if HEADS[name].sees_tokens else pooled)
            for name, head in self.heads.items()
        }

    def head(self, name: HeadName) -> nn.Linear:
        """The linear layer of the head `name`."""
        return cast(nn.Linear, self.heads[name])

    def adapt(self, adapters: Adapters) -> None:
        """Put `adapters` beside the encoder, once."""
        adapters.attach(self.encoder)
        self.adapters = adapters

    def save(self, folder: Path) -> None:
        """Write the encoder as a Hugging Face folder, and the heads beside it."""
        with quiet():
            self.encoder.save_pretrained(folder)
        save_file(self.heads.state_dict(), folder / HEADS_FILE)
        if adapters := self.adapters.state_dict():
            save_file(adapters, folder / ADAPTERS_FILE)

    @classmethod
    def load(cls, folder: Path, heads: dict[HeadName, Head]) -> "Network":
        """The network in `folder`; raises `BundleError` when weights and `heads` disagree."""
        network = cls(
            load_encoder(folder), {name: len(head.labels) for name, head in heads.items()}
        )
        path = folder / HEADS_FILE
        try:
            network.heads.load_state_dict(load_file(path))
        except (RuntimeError, SafetensorError, OSError) as error:
            raise BundleError(f"{path} does not hold the heads of the manifest: {error}") from None
        network.adapt(load_adapters(folder, network.config))
        return network


def mean_pool(states: Tensor, attention_mask: Tensor) -> Tensor:
    """The mean over the unmasked tokens: (batch, length, width) to (batch, width)."""
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
