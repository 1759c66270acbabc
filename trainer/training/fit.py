"""The training loop."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from bundle.heads import HeadName
from bundle.network import Network
from bundle.torch_engine import TorchEngine
from trainer.errors import DivergedError
from trainer.heads.tokenized_example import TokenizedExample
from trainer.hyperparameters import Hyperparameters
from trainer.training.adversary import Adversary
from trainer.training.backward import backward
from trainer.training.batches import shuffled_batches
from trainer.training.callbacks import Callbacks
from trainer.training.checkpoint import Snapshot
from trainer.training.epoch import Epoch
from trainer.training.loss import MaskedLoss
from trainer.training.methods import after_step
from trainer.training.precision import uses_bf16
from trainer.training.training_state import TrainingState, trained
from trainer.training.weight_average import WeightAverage

_MAX_GRADIENT_NORM = 1.0


def fit(
    network: Network,
    examples: Sequence[TokenizedExample],
    loss: MaskedLoss,
    hyperparameters: Hyperparameters,
    callbacks: Callbacks,
    resume: Snapshot | None = None,
) -> list[Epoch]:
    """Train `network`; it ends with the averaged weights of the epoch that scored highest.

    Training stops after `hyperparameters.patience` epochs without a better score. A run that was
    interrupted goes on from `resume`, the last snapshot that it gave.
    """
    trainer = _Trainer(network, examples, loss, hyperparameters)
    history, best = trainer.resumed(resume)
    while not _is_over(history, hyperparameters):
        began = time.perf_counter()
        mean_loss = trainer.run_epoch(len(history) + 1, callbacks.on_step)
        with trainer.average.applied():
            seconds = time.perf_counter() - began
            history.append(Epoch(len(history) + 1, mean_loss, callbacks.validate(), seconds))
            if _best(history) is history[-1]:
                best = {name: value.clone() for name, value in trained(network).items()}
        callbacks.on_snapshot(trainer.snapshot(history, best))
        callbacks.on_epoch(history[-1])
    network.load_state_dict(best, strict=False)
    return history


def _best(history: Sequence[Epoch]) -> Epoch:
    return max(history, key=lambda epoch: epoch.score)


def _is_over(history: Sequence[Epoch], hyperparameters: Hyperparameters) -> bool:
    if not history:
        return False
    waited = history[-1].number - _best(history).number
    return len(history) >= hyperparameters.epochs or waited >= hyperparameters.patience


class _Trainer:
    def __init__(
        self,
        network: Network,
        examples: Sequence[TokenizedExample],
        loss: MaskedLoss,
        hyperparameters: Hyperparameters,
    ) -> None:
        self._network, self._examples, self._loss = network, examples, loss
        self._hyperparameters = hyperparameters
        self._engine = TorchEngine(network)
        self._bf16 = uses_bf16(hyperparameters.precision, self._engine.device)
        self._rng = random.Random(hyperparameters.seed)
        self._optimizer = AdamW(list(_groups(network, hyperparameters)), fused=True)
        steps = hyperparameters.steps(len(examples))
        self.average = WeightAverage(network)
        self._adversary = (
            Adversary(network, hyperparameters.adversarial) if hyperparameters.adversarial else None
        )
        self._schedule = LambdaLR(self._optimizer, ramp(steps, hyperparameters.warmup))
        self._state = TrainingState(
            network, self._optimizer, self._schedule, self.average, self._rng
        )

    def snapshot(self, history: Sequence[Epoch], best: dict[str, Tensor]) -> Snapshot:
        """What `resumed` goes on from."""
        return self._state.snapshot(best, {"history": [asdict(epoch) for epoch in history]})

    def resumed(self, snapshot: Snapshot | None) -> tuple[list[Epoch], dict[str, Tensor]]:
        """The epochs, and the best weights, that the run of `snapshot` had; none without one."""
        if snapshot is None:
            return [], {}
        best = self._state.restore(snapshot)
        return [Epoch(**epoch) for epoch in snapshot.values["history"]], best

    def run_epoch(self, number: int, on_step: Callable[[int, float, float], None]) -> float:
        """One pass; the mean loss. Raises `DivergedError` when it grows too far."""
        self._network.train()
        batches = shuffled_batches(self._examples, self._hyperparameters.batch_size, self._rng)
        title = f"epoch {number} of {self._hyperparameters.epochs}"
        total = 0.0
        with tqdm(total=len(self._examples), desc=title, unit=" texts", disable=None) as bar:
            for batch in batches:
                loss = self._step(batch)
                on_step(self._schedule.last_epoch, loss, self._optimizer.param_groups[0]["lr"])
                total += loss * len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        return total / len(self._examples)

    def _step(self, batch: Sequence[TokenizedExample]) -> float:
        loss = backward(self._network, self._forward, self._loss, batch)
        if self._adversary:
            with self._adversary.applied():
                backward(self._network, self._forward, self._loss, batch)
        nn.utils.clip_grad_norm_(self._network.parameters(), _MAX_GRADIENT_NORM)
        self._optimizer.step()
        self._schedule.step()
        after_step(self._network, self._schedule.last_epoch)
        self.average.update()
        self._optimizer.zero_grad()
        return _finite(loss)

    def _forward(self, batch: Sequence[TokenizedExample]) -> dict[HeadName, Tensor]:
        kind = self._engine.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self._bf16):
            logits = self._engine.forward([example.tokens for example in batch])
        return {name: values.float() for name, values in logits.items()}


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise DivergedError(f"the training loss became {loss}: lower --learning-rate")
    return loss


def _groups(network: Network, hyperparameters: Hyperparameters) -> Iterator[dict[str, object]]:
    parts = (
        (network.encoder, hyperparameters.learning_rate),
        (network.adapters, hyperparameters.learning_rate),
        (network.heads, hyperparameters.head_learning_rate),
    )
    for module, rate in parts:
        parameters = [value for value in module.parameters() if value.requires_grad]
        for weights, decay in ((True, hyperparameters.weight_decay), (False, 0.0)):
            # Biases and norms are vectors; to pull them to zero would only do harm.
            chosen = [value for value in parameters if (value.ndim > 1) == weights]
            yield {"params": chosen, "lr": rate, "weight_decay": decay}


def ramp(steps: int, warmup: float) -> Callable[[int], float]:
    """Up to 1 over the share `warmup` of `steps`, then down to 0 at the last."""
    rising = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        return min((step + 1) / rising, max(0.0, (steps - step) / max(1, steps - rising)))

    return factor
