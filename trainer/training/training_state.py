"""How far a training has come: everything that decides the steps which follow."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from trainer.training.checkpoint import Snapshot
from trainer.training.rng import rng_states, set_rng_states
from trainer.training.weight_average import WeightAverage

NamedTensors = dict[str, Tensor]


class TrainingState:
    """The parts of a training whose state decides the next steps: taken out, and put back."""

    def __init__(
        self,
        network: nn.Module,
        optimizer: Optimizer,
        schedule: LambdaLR,
        average: WeightAverage,
        rng: random.Random,
    ) -> None:
        self._network, self._average = network, average
        self._optimizer, self._schedule, self._rng = optimizer, schedule, rng

    def snapshot(self, best: NamedTensors, values: dict[str, Any]) -> Snapshot:
        """All of it, with the `best` weights so far and `values` of the caller's."""
        tensors = {
            **_prefixed("weight", trained(self._network)),
            **_prefixed("best", best),
            **_prefixed("average", dict(enumerate(self._average.weights))),
            **_prefixed("optimizer", dict(self._moments())),
            **_prefixed("random", dict(enumerate(rng_states()))),
        }
        own = {
            "averaged": self._average.steps,
            "steps": self._schedule.last_epoch,
            "rates": [group["lr"] for group in self._optimizer.param_groups],
            "order": self._rng.getstate(),
        }
        return Snapshot({name: value.cpu() for name, value in tensors.items()}, {**own, **values})

    @torch.no_grad()
    def restore(self, snapshot: Snapshot) -> NamedTensors:
        """Go back to `snapshot`; the best weights in it."""
        values = snapshot.values
        for name, weight in trained(self._network).items():
            weight.copy_(snapshot.tensors[f"weight/{name}"])
        for position, average in enumerate(self._average.weights):
            average.copy_(snapshot.tensors[f"average/{position}"])
        self._average.steps = values["averaged"]
        self._restore_moments(snapshot)
        self._schedule.last_epoch = values["steps"]
        for group, rate in zip(self._optimizer.param_groups, values["rates"], strict=True):
            group["lr"] = rate
        version, numbers, following = values["order"]
        self._rng.setstate((version, tuple(numbers), following))
        states = _under("random", snapshot)
        set_rng_states([states[str(k)] for k in range(len(states))])
        return _under("best", snapshot)

    def _moments(self) -> Iterator[tuple[str, Tensor]]:
        for position, moments in self._optimizer.state_dict()["state"].items():
            for name, value in moments.items():
                yield f"{position}/{name}", value

    def _restore_moments(self, snapshot: Snapshot) -> None:
        found: dict[int, dict[str, Tensor]] = {}
        for key, value in _under("optimizer", snapshot).items():
            position, _, name = key.partition("/")
            found.setdefault(int(position), {})[name] = value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": found, "param_groups": groups})


def trained(network: nn.Module) -> NamedTensors:
    """The weights of `network` that training changes, by name."""
    return {
        name: value.detach() for name, value in network.named_parameters() if value.requires_grad
    }


def _prefixed(prefix: str, tensors: dict[Any, Tensor]) -> NamedTensors:
    return {f"{prefix}/{name}": value for name, value in tensors.items()}


def _under(prefix: str, snapshot: Snapshot) -> NamedTensors:
    start = f"{prefix}/"
    return {
        name.removeprefix(start): value
        for name, value in snapshot.tensors.items()
        if name.startswith(start)
    }
