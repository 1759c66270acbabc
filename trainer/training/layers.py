"""The layers of an encoder: how many it keeps, and how many are left as they are."""

from typing import Any, cast

from torch import nn
from transformers import PreTrainedModel

from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters


def shorten(encoder: PreTrainedModel, hyperparameters: Hyperparameters) -> None:
    """Keep only the lowest `layers` of `encoder`, and freeze the lowest `freeze_layers` of those.

    Raises:
        TrainerError: there are fewer, or they do not stand where those of BERT do.
    """
    if hyperparameters.layers:
        kept = _lowest(encoder, hyperparameters.layers, "--layers")
        cast(Any, encoder.encoder).layer = nn.ModuleList(kept)
        encoder.config.num_hidden_layers = len(kept)
    if hyperparameters.freeze_layers:
        cast(nn.Module, encoder.embeddings).requires_grad_(False)
        for layer in _lowest(encoder, hyperparameters.freeze_layers, "--freeze-layers"):
            layer.requires_grad_(False)


def _lowest(encoder: PreTrainedModel, number: int, option: str) -> list[nn.Module]:
    layers = getattr(getattr(encoder, "encoder", None), "layer", None)
    if layers is None:
        raise TrainerError(
            f"{option} needs an encoder with the layers of BERT, not {type(encoder).__name__}"
        )
    if number > len(layers):
        raise TrainerError(f"{option} must be at most {len(layers)} here, not {number}")
    return list(layers[:number])
