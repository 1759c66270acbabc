"""The training loop."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from bundle.heads import HeadName
from bundle.network import Network
from bundle.runner import Runner
from trainer.errors import DivergedError
from trainer.heads.tokenized_example import TokenizedExample
from trainer.hyperparameters import Hyperparameters
from trainer.training.adversary import Adversary
from trainer.training.average import Average
from trainer.training.batches import shuffled_batches
from trainer.training.checkpoint import State
from trainer.training.loss import MaskedLoss
from trainer.training.memory import backward
from trainer.training.methods import after_step
from trainer.training.precision import uses_bf16
from trainer.training.progress import Progress, trained

_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass: the mean training loss, the score on the validation split, and its time."""

    number: int
    loss: float
    score: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: training loss {self.loss:.4f}, validation score {self.score:.4f}"
        )


@dataclass(frozen=True, slots=True)
class Watch:
    """What goes on around the loop.

    `validate` scores the network as it is, `announce` is told of each epoch, `record` of each step
    (its number, its loss, the learning rate); `keep` gets what an interrupted run would go on
    from, and `resume` is what it got last, if the run was interrupted.
    """

    validate: Callable[[], float]
    announce: Callable[[Epoch], None]
    record: Callable[[int, float, float], None]
    keep: Callable[[State], None]
    resume: State | None = None


def fit(
    network: Network,
    examples: Sequence[TokenizedExample],
    loss: MaskedLoss,
    hyperparameters: Hyperparameters,
    watch: Watch,
) -> list[Epoch]:
    """Train `network`; it ends with the averaged weights of the epoch that scored highest.

    Training stops after `hyperparameters.patience` epochs without a better score. A run that was
    interrupted goes on from the last epoch that it has ended.
    """
    trainer = _Trainer(network, examples, loss, hyperparameters)
    history, best = trainer.resumed(watch.resume)
    while not _is_over(history, hyperparameters):
        began = time.perf_counter()
        mean_loss = trainer.run_epoch(len(history) + 1, watch.record)
        with trainer.average.applied():
            seconds = time.perf_counter() - began
            history.append(Epoch(len(history) + 1, mean_loss, watch.validate(), seconds))
            if _leader(history) is history[-1]:
                best = {name: value.clone() for name, value in trained(network).items()}
        watch.keep(trainer.state(history, best))
        watch.announce(history[-1])
    network.load_state_dict(best, strict=False)
    return history


def _leader(history: Sequence[Epoch]) -> Epoch:
    return max(history, key=lambda epoch: epoch.score)


def _is_over(history: Sequence[Epoch], hyperparameters: Hyperparameters) -> bool:
    if not history:
        return False
    waited = history[-1].number - _leader(history).number
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
        self._runner = Runner(network)
        self._bf16 = uses_bf16(hyperparameters.precision, self._runner.device)
        self._rng = random.Random(hyperparameters.seed)
        self._optimizer = AdamW(list(_groups(network, hyperparameters)), fused=True)
        steps = hyperparameters.steps(len(examples))
        self.average = Average(network)
        self._adversary = (
            Adversary(network, hyperparameters.adversarial) if hyperparameters.adversarial else None
        )
        self._schedule = LambdaLR(self._optimizer, ramp(steps, hyperparameters.warmup))
        self._progress = Progress(network, self._optimizer, self._schedule, self.average, self._rng)

    def state(self, history: Sequence[Epoch], best: dict[str, Tensor]) -> State:
        """What `resumed` goes on from."""
        return self._progress.state(best, {"history": [asdict(epoch) for epoch in history]})

    def resumed(self, state: State | None) -> tuple[list[Epoch], dict[str, Tensor]]:
        """The epochs, and the best weights, that the run of `state` had; none without one."""
        if state is None:
            return [], {}
        best = self._progress.restore(state)
        return [Epoch(**epoch) for epoch in state.values["history"]], best

    def run_epoch(self, number: int, record: Callable[[int, float, float], None]) -> float:
        """One pass; the mean loss. Raises `DivergedError` when it grows too far."""
        self._network.train()
        batches = shuffled_batches(self._examples, self._hyperparameters.batch_size, self._rng)
        title = f"epoch {number} of {self._hyperparameters.epochs}"
        total = 0.0
        with tqdm(total=len(self._examples), desc=title, unit=" texts", disable=None) as bar:
            for batch in batches:
                loss = self._step(batch)
                record(self._schedule.last_epoch, loss, self._optimizer.param_groups[0]["lr"])
                total += loss * len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        return total / len(self._examples)

    def _step(self, batch: Sequence[TokenizedExample]) -> float:
        loss = backward(self._network, self._forward, self._loss, batch)
        if self._adversary:
            with self._adversary.applied():
                backward(self._network, self._forward, self._loss, batch)
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        self._schedule.step()
        after_step(self._network, self._schedule.last_epoch)
        self.average.update()
        self._optimizer.zero_grad()
        return _finite(loss)

    def _forward(self, batch: Sequence[TokenizedExample]) -> dict[HeadName, Tensor]:
        kind = self._runner.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self._bf16):
            logits = self._runner.forward([example.tokens for example in batch])
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
