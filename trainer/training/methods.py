"""What of the encoder is trained: all of it, none of it, or a few weights beside it.

LoRA (Hu et al. 2021, arXiv:2106.09685), AdaLoRA (Zhang et al. 2023, arXiv:2303.10512) and IA3
(Liu et al. 2022, arXiv:2205.05638) are PEFT's, and are merged into the encoder in the end.
Prefixes and bottlenecks cannot be merged: they are modules of the bundle.
"""

from typing import Any, cast

from torch import nn
from transformers import PreTrainedModel

from bundle.adapters import Adapters, Bottlenecks, Prefix
from bundle.network import Network
from trainer.errors import TrainerError
from trainer.hyperparameters import Method

_RANK = 8
# AdaLoRA begins with more ranks than it ends with, and takes away those that matter least.
_INITIAL_RANK = 12
_PREFIX_LENGTH = 10
_BOTTLENECK_WIDTH = 48


def adapt(network: Network, method: Method, steps: int) -> None:
    """Make only what `method` trains trainable; `steps` is how many there will be at most.

    Raises:
        TrainerError: the encoder is of a kind that PEFT does not know.
        bundle.manifest.BundleError: the encoder is of a kind that bottlenecks do not fit.
    """
    if method == "full":
        return
    network.encoder.requires_grad_(False)
    if method in ("lora", "adalora", "ia3"):
        network.encoder = cast(PreTrainedModel, _through_peft(network.encoder, method, steps))
    elif method in ("prefix", "bottleneck"):
        network.adapt(_beside(network.config, method))


def after_step(network: Network, step: int) -> None:
    """Let AdaLoRA move ranks to where they matter; of another method nothing."""
    allocate = getattr(network.encoder.base_model, "update_and_allocate", None)
    if allocate is not None:
        allocate(step)


def merge(network: Network) -> None:
    """Put what PEFT has trained into the encoder's own weights, so that PEFT is not needed."""
    unload = getattr(network.encoder, "merge_and_unload", None)
    if unload is not None:
        network.encoder = unload()


def trained_parameters(network: nn.Module) -> int:
    """How many numbers training changes."""
    return sum(value.numel() for value in network.parameters() if value.requires_grad)


def _through_peft(encoder: PreTrainedModel, method: Method, steps: int) -> nn.Module:
    from peft import AdaLoraConfig, IA3Config, LoraConfig, get_peft_model

    config: Any
    if method == "lora":
        config = LoraConfig(r=_RANK, lora_alpha=2 * _RANK, target_modules="all-linear")
    elif method == "adalora":
        config = AdaLoraConfig(
            init_r=_INITIAL_RANK,
            target_r=_RANK,
            lora_alpha=2 * _INITIAL_RANK,
            tinit=steps // 10,
            tfinal=steps // 3,
            total_step=steps,
            target_modules="all-linear",
        )
    else:
        config = IA3Config(task_type="FEATURE_EXTRACTION")
    try:
        return cast(nn.Module, get_peft_model(encoder, config))
    except ValueError as error:
        raise TrainerError(
            f"--method {method} does not fit a {encoder.config.model_type} encoder: {error}"
        ) from None


def _beside(config: Any, method: Method) -> Adapters:
    if method == "bottleneck":
        return Bottlenecks(config.num_hidden_layers, config.hidden_size, _BOTTLENECK_WIDTH)
    width = config.hidden_size // config.num_attention_heads
    return Prefix(config.num_hidden_layers, config.num_attention_heads, _PREFIX_LENGTH, width)
