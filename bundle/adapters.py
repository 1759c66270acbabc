"""Small trained modules beside an encoder that stays as it was: bottlenecks and prefixes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import DynamicCache, PretrainedConfig, PreTrainedModel

from bundle.manifest import BundleError

ADAPTERS_FILE = "adapters.safetensors"


class Adapters(nn.Module):
    """None: the encoder as it is. The kinds there are derive from this."""

    def attach(self, encoder: PreTrainedModel) -> None:
        """Lead `encoder` through the modules; raises `BundleError` when they do not fit it."""

    def inputs(self, attention_mask: Tensor) -> dict[str, Any]:
        """What the encoder is given beside the ids, for a mask of (batch, length)."""
        return {"attention_mask": attention_mask}


class Bottlenecks(Adapters):
    """A narrow detour around the end of each feed-forward block.

    Houlsby et al. 2019, arXiv:1902.00751, in the single form of Pfeiffer et al. 2021,
    arXiv:2005.00247.
    """

    def __init__(self, layers: int, width: int, narrow: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(nn.Linear(width, narrow) for _ in range(layers))
        self.up = nn.ModuleList(nn.Linear(narrow, width) for _ in range(layers))
        for module in self.up:
            # At first the encoder computes the same as without.
            nn.init.zeros_(cast(nn.Linear, module).weight)
            nn.init.zeros_(cast(nn.Linear, module).bias)

    def attach(self, encoder: PreTrainedModel) -> None:
        layers = getattr(getattr(encoder, "encoder", None), "layer", [])
        if len(layers) != len(self.down):
            raise BundleError(
                f"bottlenecks need an encoder with the layers of BERT, not {type(encoder).__name__}"
            )
        for layer, down, up in zip(layers, self.down, self.up, strict=True):
            layer.output.dense.register_forward_hook(
                lambda _module, _inputs, output, down=down, up=up: (
                    output + up(nn.functional.gelu(down(output)))
                )
            )


class Prefix(Adapters):
    """Keys and values before those of the text, in each layer, that every token may look at.

    Li and Liang 2021, arXiv:2101.00190. `keys` and `values` are (layers, heads, length, width).
    """

    def __init__(self, layers: int, heads: int, length: int, width: int) -> None:
        super().__init__()
        self.keys = nn.Parameter(torch.randn(layers, heads, length, width))
        self.values = nn.Parameter(torch.randn(layers, heads, length, width))

    def inputs(self, attention_mask: Tensor) -> dict[str, Any]:
        rows, cache = len(attention_mask), DynamicCache()
        for number, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
            shape = (rows, *keys.shape)
            cache.update(keys.expand(shape), values.expand(shape), number)
        seen = attention_mask.new_ones(rows, self.keys.shape[2])
        return {
            "attention_mask": torch.cat([seen, attention_mask], dim=1),
            "past_key_values": cache,
        }


def load_adapters(folder: Path, config: PretrainedConfig) -> Adapters:
    """The adapters in `folder`, or none; raises `BundleError` when they do not fit `config`."""
    path = folder / ADAPTERS_FILE
    if not path.is_file():
        return Adapters()
    try:
        tensors = load_file(path)
        adapters = _shaped(tensors, config)
        adapters.load_state_dict(tensors)
    except (RuntimeError, KeyError, SafetensorError, OSError) as error:
        raise BundleError(f"{path} does not hold adapters for the encoder: {error}") from None
    return adapters


def _shaped(tensors: Mapping[str, Tensor], config: PretrainedConfig) -> Adapters:
    if "keys" in tensors:
        return Prefix(*tensors["keys"].shape)
    narrow, width = tensors["down.0.weight"].shape
    return Bottlenecks(config.num_hidden_layers, width, narrow)
