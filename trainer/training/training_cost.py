"""What a training cost."""

import resource
import sys

import torch
from msgspec import Struct


class TrainingCost(Struct, frozen=True):
    """Parameters that were trained, seconds in the training loop, and bytes of memory at most.

    The memory is what torch had of a GPU, or without one the process of the machine.
    """

    trained_parameters: int
    seconds: float
    peak_memory_bytes: int


def peak_memory() -> int:
    """Bytes in use at most so far: see `TrainingCost`."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
