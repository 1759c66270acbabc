import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from bundle.packed_linear import pack_linear_layers

WIDTH = 384
ROWS = torch.randn(600, WIDTH, generator=torch.Generator().manual_seed(1))


def packed(outputs: int, bias: bool = True) -> nn.Linear:
    layer = nn.Linear(WIDTH, outputs, bias=bias)
    pack_linear_layers(layer)
    return layer


LAYERS = [packed(WIDTH * 4), packed(WIDTH, bias=False), packed(3)]


@given(st.integers(0, 2), st.integers(0, 599), st.integers(1, 600))
def test_a_row_does_not_depend_on_the_others(layer: int, start: int, count: int) -> None:
    rows = ROWS[start : start + count]
    with torch.inference_mode():
        assert torch.equal(LAYERS[layer](rows), LAYERS[layer](ROWS)[start : start + count])


@pytest.mark.parametrize("shape", [(WIDTH,), (1, WIDTH), (2, 3, WIDTH), (0, WIDTH)])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_the_product_of_before(shape: tuple[int, ...], bias: bool) -> None:
    layer, inputs = packed(20, bias), torch.ones(shape)
    with torch.inference_mode():
        expected = nn.functional.linear(inputs, layer.weight, layer.bias)
        torch.testing.assert_close(layer(inputs), expected)


def test_hooks_stay() -> None:
    layer = packed(20)
    layer.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
    with torch.inference_mode():
        assert not layer(torch.ones(4, WIDTH)).any()
