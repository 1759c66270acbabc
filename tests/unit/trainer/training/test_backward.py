from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bundle.heads import HeadName
from bundle.network import Network
from bundle.pretrained import load_encoder
from bundle.tokens import TextTokenizer
from bundle.torch_engine import TorchEngine
from tests import tiny
from trainer.data.examples import Example
from trainer.heads.tokenized_example import TokenizedExample, tokenized
from trainer.training.backward import backward
from trainer.training.loss import MaskedLoss

TEXTS = ["acme falls", "apple profit rises in china", "tim cook", "loss", "acme holds, tim falls"]


class Device:
    """A forward pass on a device that holds `limit` texts, and what it was asked."""

    def __init__(self, network: Network, limit: int, error: RuntimeError) -> None:
        self._engine, self._limit, self._error = TorchEngine(network), limit, error
        self.sizes: list[int] = []

    def __call__(self, batch: Sequence[TokenizedExample]) -> dict[HeadName, Tensor]:
        self.sizes.append(len(batch))
        if len(batch) > self._limit:
            raise self._error
        return self._engine.forward([example.tokens for example in batch])


@pytest.fixture
def network(tmp_path: Path) -> Network:
    torch.manual_seed(3)
    sizes = {name: len(head.labels) for name, head in tiny.HEADS.items()}
    return Network(load_encoder(tiny.write_base(tmp_path)), sizes, dropout=0.0).eval()


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory: 9 bytes")],
)
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_parts_have_the_gradient_of_the_whole(
    network: Network, tmp_path: Path, limit: int, error: RuntimeError
) -> None:
    examples = batch(tmp_path)
    loss = MaskedLoss(tiny.HEADS, {"sentiment": [2.0, 1.0, 0.5]}, TorchEngine(network).device)
    whole = backward(network, Device(network, 9, error), loss, examples)
    wanted = gradients(network)
    network.zero_grad()
    assert backward(network, Device(network, limit, error), loss, examples) == pytest.approx(whole)
    for name, gradient in gradients(network).items():
        torch.testing.assert_close(gradient, wanted[name], rtol=1e-4, atol=1e-6)


def test_a_part_has_the_same_dropout_both_times(network: Network, tmp_path: Path) -> None:
    network.train()
    network.dropout.p = 0.5
    device = Device(network, 2, torch.OutOfMemoryError())
    seen: list[Tensor] = []
    forward = recording(device, seen)
    backward(
        network, forward, MaskedLoss(tiny.HEADS, {}, TorchEngine(network).device), batch(tmp_path)
    )
    first, again = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert len(seen) == 2 * 3
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))


def test_a_single_text_that_is_too_large_is_an_error(network: Network, tmp_path: Path) -> None:
    device = Device(network, 0, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):
        backward(network, device, MaskedLoss(tiny.HEADS, {}, torch.device("cpu")), batch(tmp_path))
    assert device.sizes == [5, 3, 2, 1]


def test_another_error_is_not_caught(network: Network, tmp_path: Path) -> None:
    device = Device(network, 2, RuntimeError("shapes differ"))
    with pytest.raises(RuntimeError, match="shapes differ"):
        backward(network, device, MaskedLoss(tiny.HEADS, {}, torch.device("cpu")), batch(tmp_path))
    assert device.sizes == [5]


def recording(device: Device, seen: list[Tensor]) -> Device:
    inner = device._engine.forward

    def forward(tokens: Sequence[object]) -> dict[HeadName, Tensor]:
        logits = inner(tokens)  # type: ignore[arg-type]
        seen.append(logits["sentiment"].detach().clone())
        return logits

    device._engine.forward = forward  # type: ignore[method-assign,assignment]
    return device


def batch(base: Path) -> list[TokenizedExample]:
    """Five texts of unequal length; not every one has every label."""
    examples = [
        Example(text, {"sentiment": "negative", "topic": ("macro",)} if row % 2 else {"entity": ()})
        for row, text in enumerate(TEXTS)
    ]
    return tokenized(examples, tiny.HEADS, TextTokenizer.load(base, tiny.LENGTH))


def gradients(network: Network) -> dict[str, Tensor]:
    found = network.named_parameters()
    return {name: value.grad.clone() for name, value in found if value.grad is not None}
