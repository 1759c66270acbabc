from pathlib import Path
from typing import cast

import pytest
import torch

from bundle.network import Network
from bundle.pretrained import load_encoder
from tests import tiny
from trainer.errors import TrainerError
from trainer.training.adversary import Adversary

REACH = 0.5


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(load_encoder(tiny.write_base(tmp_path)), {"sentiment": 3}).eval()


def test_vectors_move_by_the_reach_to_where_the_loss_grows(network: Network) -> None:
    before = learn(network)
    vectors = vectors_of(network).clone()

    with Adversary(network, REACH).applied():
        assert float((vectors_of(network) - vectors).norm()) == pytest.approx(REACH, rel=1e-4)
        assert loss(network) > before


def test_vectors_are_as_they_were_afterwards(network: Network) -> None:
    learn(network)
    vectors = vectors_of(network).clone()

    with Adversary(network, REACH).applied():
        learn(network)

    assert torch.equal(vectors_of(network), vectors)


def test_gradients_of_both_passes_are_summed(network: Network) -> None:
    learn(network)
    bias = network.head("sentiment").bias
    first = gradient(bias).clone()

    with Adversary(network, REACH).applied():
        assert bias.grad is None
        learn(network)
        second = gradient(bias).clone()

    assert torch.allclose(gradient(bias), first + second)


def test_frozen_vectors_cannot_be_pushed(network: Network) -> None:
    network.encoder.get_input_embeddings().requires_grad_(False)

    with pytest.raises(TrainerError, match="--adversarial needs word vectors that learn"):
        Adversary(network, REACH)


def learn(network: Network) -> torch.Tensor:
    value = loss(network)
    value.backward()  # type: ignore[no-untyped-call]
    return value


def loss(network: Network) -> torch.Tensor:
    ids = torch.tensor([[2, 9, 11, 3]])
    logits = network(ids, torch.ones_like(ids))["sentiment"]
    return torch.nn.functional.cross_entropy(logits, torch.tensor([0]))


def vectors_of(network: Network) -> torch.Tensor:
    return cast(torch.nn.Embedding, network.encoder.get_input_embeddings()).weight.detach()


def gradient(weight: torch.nn.Parameter) -> torch.Tensor:
    assert weight.grad is not None
    return weight.grad
