"""The state of torch's random numbers, which dropout draws from."""

import torch
from torch import Tensor


def rng_states() -> list[Tensor]:
    """The state of the CPU's generator, then that of each GPU's."""
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return [torch.get_rng_state(), *devices]


def set_rng_states(states: list[Tensor]) -> None:
    """Go back to `states`."""
    torch.set_rng_state(states[0])
    if states[1:]:
        torch.cuda.set_rng_state_all(states[1:])
