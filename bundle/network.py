"""One encoder with several linear heads, in torch."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import (
    MODEL_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging

from bundle.adapters import ADAPTERS_FILE, Adapters, load_adapters
from bundle.heads import HEADS, Head, HeadName
from bundle.manifest import BundleError

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
        self, encoder: PreTrainedModel, sizes: dict[HeadName, int], dropout: float = 0.1
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


class Foreign(Scorer):
    """A plain sequence classifier from elsewhere, its classes put in the order of `order`."""

    def __init__(self, model: PreTrainedModel, order: list[int]) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self.order = order

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[HeadName, Tensor]:
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return {"sentiment": logits[:, self.order].float()}


def mean_pool(states: Tensor, attention_mask: Tensor) -> Tensor:
    """The mean over the unmasked tokens: (batch, length, width) to (batch, width)."""
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def load_encoder(folder: Path) -> PreTrainedModel:
    """The encoder in `folder`, in single precision and without a pooler.

    Raises:
        BundleError: the folder holds no encoder that transformers knows, or only pickled weights.
    """
    config = _config(folder)
    options = {"add_pooling_layer": False} if _can_drop_pooler(config) else {}
    return _from_folder(AutoModel, folder, config, **options)


def load_classifier(folder: Path) -> PreTrainedModel:
    """The sequence classifier in `folder`; raises `BundleError` as `load_encoder` does."""
    return _from_folder(AutoModelForSequenceClassification, folder, _config(folder))


def _config(folder: Path) -> PretrainedConfig:
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(
            f"{folder / 'config.json'} is not a model's configuration: {error}"
        ) from None
    return config


def _can_drop_pooler(config: PretrainedConfig) -> bool:
    try:
        model = cast(type[PreTrainedModel], MODEL_MAPPING[type(config)])
    except KeyError:
        raise BundleError(
            f"transformers has no encoder for model type {config.model_type}"
        ) from None
    return "add_pooling_layer" in inspect.signature(model).parameters


def _from_folder(
    auto: Any, folder: Path, config: PretrainedConfig, **options: bool
) -> PreTrainedModel:
    if not any(folder.glob("*.safetensors")):
        raise BundleError(
            f"{folder} has no *.safetensors: pickled weights are never read, convert them first"
        )
    try:
        with quiet():
            model = auto.from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                **options,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise BundleError(f"the weights in {folder} cannot be loaded: {error}") from None
    return cast(PreTrainedModel, model)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps transformers from drawing bars, and from warning of weights that nobody asked for."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(40)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
