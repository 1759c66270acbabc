"""Linear layers on a CPU whose result for a row does not depend on the other rows.

torch leaves products in single precision to MKL, which adds up in an order that depends on how many
rows there are: a probability moves in the seventh digit with the texts of its batch, and where that
meets a boundary of rounding, a window of a replay differs. oneDNN has one order for any number.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

# A single row oneDNN multiplies in another way, with other sums.
_MIN_ROWS = 2


def pack_linear_layers(network: nn.Module) -> None:
    """Let oneDNN compute the linear layers of `network`, where torch has it; in inference alone.

    Their weights are copied, in the order in which oneDNN reads them: later changes are not seen.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return
    for module in network.modules():
        if type(module) is nn.Linear:
            # Not the module is replaced: bottlenecks hang hooks on it.
            module.forward = _packed(module)  # type: ignore[assignment, method-assign]


def _packed(layer: nn.Linear) -> Callable[[Tensor], Tensor]:
    weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach())
    return partial(_product, weight, layer.bias)


def _product(weight: Tensor, bias: Tensor | None, inputs: Tensor) -> Tensor:
    rows = inputs.reshape(-1, inputs.shape[-1])
    missing = max(0, _MIN_ROWS - len(rows))
    outputs: Tensor = torch.ops.mkldnn._linear_pointwise(
        nn.functional.pad(rows, (0, 0, 0, missing)), weight, bias, "none", [], ""
    )
    return outputs[: len(rows)].reshape(*inputs.shape[:-1], outputs.shape[-1])
