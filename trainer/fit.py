"""The training loop."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from bundle.network import Network
from bundle.runner import Runner
from trainer.adversary import Adversary
from trainer.average import Average
from trainer.errors import TrainerError
from trainer.items import Item, shuffled_batches
from trainer.loss import MaskedLoss
from trainer.precision import uses_bf16
from trainer.settings import Settings

_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass: the mean training loss, and the score on the validation split."""

    number: int
    loss: float
    score: float

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: training loss {self.loss:.4f}, validation score {self.score:.4f}"
        )


def fit(
    network: Network,
    items: Sequence[Item],
    loss: MaskedLoss,
    settings: Settings,
    validate: Callable[[], float],
    announce: Callable[[Epoch], None],
) -> list[Epoch]:
    """Train `network`; it ends with the averaged weights of the epoch that scored highest.

    `validate` scores the network as it is, `announce` is told of each epoch. Training stops after
    `settings.patience` epochs without a better score.
    """
    trainer = _Trainer(network, items, loss, settings)
    history: list[Epoch] = []
    best: dict[str, Tensor] = {}
    for number in range(1, settings.epochs + 1):
        mean_loss = trainer.run_epoch(number)
        with trainer.average.applied():
            history.append(Epoch(number, mean_loss, validate()))
            leader = max(history, key=lambda epoch: epoch.score)
            if leader is history[-1]:
                best = {name: value.clone() for name, value in network.state_dict().items()}
        announce(history[-1])
        if number - leader.number >= settings.patience:
            break
    network.load_state_dict(best)
    return history


class _Trainer:
    def __init__(
        self, network: Network, items: Sequence[Item], loss: MaskedLoss, settings: Settings
    ) -> None:
        self._network, self._items, self._loss = network, items, loss
        self._settings = settings
        self._runner = Runner(network)
        self._bf16 = uses_bf16(settings.precision, self._runner.device)
        self._rng = random.Random(settings.seed)
        self._optimizer = AdamW(list(_groups(network, settings)), fused=True)
        steps = settings.epochs * -(-len(items) // settings.batch_size)
        self.average = Average(network)
        vectors = network.encoder.get_input_embeddings()
        self._adversary = Adversary(vectors, settings.adversarial) if settings.adversarial else None
        self._schedule = LambdaLR(self._optimizer, ramp(steps, settings.warmup))

    def run_epoch(self, number: int) -> float:
        """One pass over all items; the mean loss. Raises `TrainerError` when it grows too far."""
        self._network.train()
        batches = shuffled_batches(self._items, self._settings.batch_size, self._rng)
        title = f"epoch {number} of {self._settings.epochs}"
        total = 0.0
        with tqdm(total=len(self._items), desc=title, unit=" texts", disable=None) as bar:
            for batch in batches:
                loss = self._step(batch)
                total += loss * len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        return total / len(self._items)

    def _step(self, batch: Sequence[Item]) -> float:
        loss = self._backward(batch)
        if self._adversary:
            with self._adversary.applied():
                self._backward(batch)
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        self._schedule.step()
        self.average.update()
        self._optimizer.zero_grad()
        return _finite(loss)

    def _backward(self, batch: Sequence[Item]) -> float:
        kind = self._runner.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self._bf16):
            logits = self._runner.forward([item.tokens for item in batch])
        loss = self._loss({name: values.float() for name, values in logits.items()}, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise TrainerError(f"the training loss became {loss}: lower --learning-rate")
    return loss


def _groups(network: Network, settings: Settings) -> Iterator[dict[str, object]]:
    parts = (
        (network.encoder, settings.learning_rate),
        (network.heads, settings.head_learning_rate),
    )
    for module, rate in parts:
        parameters = [value for value in module.parameters() if value.requires_grad]
        for weights, decay in ((True, settings.weight_decay), (False, 0.0)):
            # Biases and norms are vectors; to pull them to zero would only do harm.
            chosen = [value for value in parameters if (value.ndim > 1) == weights]
            yield {"params": chosen, "lr": rate, "weight_decay": decay}


def ramp(steps: int, warmup: float) -> Callable[[int], float]:
    """Up to 1 over the share `warmup` of `steps`, then down to 0 at the last."""
    rising = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        return min((step + 1) / rising, max(0.0, (steps - step) / max(1, steps - rising)))

    return factor
