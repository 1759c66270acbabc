"""The gradient of a batch, in parts when the device's memory does not hold it at once."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from bundle.heads import HeadName
from trainer.heads.tokenized_example import TokenizedExample
from trainer.training.rng import rng_states, set_rng_states

Logits = dict[HeadName, Tensor]
Forward = Callable[[Sequence[TokenizedExample]], Logits]
Loss = Callable[[Logits, Sequence[TokenizedExample]], Tensor]


def backward(
    network: nn.Module, forward: Forward, loss: Loss, batch: Sequence[TokenizedExample]
) -> float:
    """Add the gradient of `loss` over `batch` to `network`, which has none yet; the loss.

    A batch that the memory does not hold is halved, and halved again, down to single texts. The
    gradient stays that of the whole batch, whatever the loss makes of several texts together.
    """
    size = len(batch)
    while True:
        try:
            if size == len(batch):
                return _at_once(forward, loss, batch)
            return _in_parts(forward, loss, batch, size)
        except RuntimeError as error:
            if size == 1 or not _is_out_of_memory(error):
                raise
        # Below the handler, where the error no longer holds what filled the memory.
        network.zero_grad()
        torch.cuda.empty_cache()
        size = -(-size // 2)


def _at_once(forward: Forward, loss: Loss, batch: Sequence[TokenizedExample]) -> float:
    value = loss(forward(batch), batch)
    value.backward()  # type: ignore[no-untyped-call]
    return value.item()


def _in_parts(forward: Forward, loss: Loss, batch: Sequence[TokenizedExample], size: int) -> float:
    """The logits first, part by part; from the loss on all of them their gradients, part by part.

    Gradient caching: Gao et al. 2021, arXiv:2101.06983.
    """
    parts = [batch[start : start + size] for start in range(0, len(batch), size)]
    states, found = [], []
    with torch.no_grad():
        for part in parts:
            states.append(rng_states())
            found.append(forward(part))
    logits = {name: _stacked([each[name] for each in found]) for name in found[0]}
    value = loss(logits, batch)
    value.backward()  # type: ignore[no-untyped-call]
    for part, state, gradients in zip(parts, states, _split(logits, size), strict=True):
        # The same dropout as the first time.
        set_rng_states(state)
        again = forward(part)
        torch.autograd.backward(
            [again[name] for name in gradients],
            [gradient[:, : again[name].shape[1]] for name, gradient in gradients.items()],
        )
    return value.item()


def _stacked(parts: list[Tensor]) -> Tensor:
    """The rows of all `parts`; those of tags, (rows, length, tags), filled to one length."""
    longest = max(part.shape[1] for part in parts)
    if parts[0].ndim == 3:
        parts = [functional.pad(part, (0, 0, 0, longest - part.shape[1])) for part in parts]
    return torch.cat(parts).requires_grad_()


def _split(logits: Logits, size: int) -> Iterator[Logits]:
    """Gradients of the logits, `size` rows at a time; a head that no text labels has none."""
    gradients = {name: value.grad for name, value in logits.items() if value.grad is not None}
    rows = len(next(iter(logits.values())))
    for start in range(0, rows, size):
        yield {name: value[start : start + size] for name, value in gradients.items()}


def _is_out_of_memory(error: RuntimeError) -> bool:
    # The allocator of the CPU raises a plain RuntimeError.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
