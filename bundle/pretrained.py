"""Models of the transformers library out of folders on the disk."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from transformers import (
    MODEL_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging

from bundle.manifest import BundleError


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
