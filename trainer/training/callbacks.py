"""What the training loop calls on its way."""

from collections.abc import Callable
from dataclasses import dataclass

from trainer.training.checkpoint import Snapshot
from trainer.training.epoch import Epoch


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Functions that the training loop calls.

    Attributes:
        validate: scores the network as it is.
        on_step: gets the number of each step, its loss and the learning rate.
        on_epoch: gets each epoch.
        on_snapshot: gets, before that, what an interrupted run would go on from.
    """

    validate: Callable[[], float]
    on_step: Callable[[int, float, float], None]
    on_epoch: Callable[[Epoch], None]
    on_snapshot: Callable[[Snapshot], None]
