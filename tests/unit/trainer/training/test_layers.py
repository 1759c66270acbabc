from pathlib import Path
from typing import Any, cast

import pytest
from torch import nn
from transformers import PreTrainedModel

from bundle.pretrained import load_encoder
from tests import tiny
from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters
from trainer.training.layers import shorten


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_base(tmp_path_factory.mktemp("base"))


def layers(encoder: PreTrainedModel) -> list[nn.Module]:
    return list(cast(Any, encoder.encoder).layer)


def test_lowest_layers_are_kept(base: Path) -> None:
    encoder = load_encoder(base)
    lowest = layers(encoder)[0]
    shorten(encoder, Hyperparameters(epochs=1, layers=1))
    assert layers(encoder) == [lowest]
    assert encoder.config.num_hidden_layers == 1


def test_lowest_layers_and_word_vectors_are_frozen(base: Path) -> None:
    encoder = load_encoder(base)
    shorten(encoder, Hyperparameters(epochs=1, freeze_layers=1))
    trained = {name for name, value in encoder.named_parameters() if value.requires_grad}
    assert trained
    assert all(name.startswith("encoder.layer.1.") for name in trained)


def test_all_is_kept_and_trained_unless_told(base: Path) -> None:
    encoder = load_encoder(base)
    shorten(encoder, Hyperparameters(epochs=1))
    assert len(layers(encoder)) == 2
    assert all(value.requires_grad for value in encoder.parameters())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Hyperparameters(epochs=1, layers=3), "--layers must be at most 2 here, not 3"),
        (Hyperparameters(epochs=1, layers=1, freeze_layers=2), "--freeze-layers must be at most 1"),
    ],
)
def test_more_layers_than_there_are(base: Path, asked: Hyperparameters, message: str) -> None:
    with pytest.raises(TrainerError, match=message):
        shorten(load_encoder(base), asked)


def test_layers_of_another_kind_of_encoder(base: Path) -> None:
    encoder = load_encoder(base)
    del encoder.encoder
    with pytest.raises(TrainerError, match="--layers needs an encoder with the layers of BERT"):
        shorten(encoder, Hyperparameters(epochs=1, layers=1))
