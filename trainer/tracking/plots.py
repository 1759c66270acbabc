"""The course of a training, or of a search, as pictures."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from trainer.training.epoch import Epoch

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


def save_curves(epochs: Sequence[Epoch], path: Path) -> None:
    """Write the training loss and the validation score of each epoch as a PNG."""
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    numbers = [epoch.number for epoch in epochs]
    axes = figure.add_subplot()
    axes.plot(numbers, [epoch.loss for epoch in epochs], "o-", color="tab:blue")
    axes.set(xlabel="epoch", ylabel="training loss (blue)", xticks=numbers)
    other = axes.twinx()
    other.plot(numbers, [epoch.score for epoch in epochs], "s-", color="tab:orange")
    other.set_ylabel("validation score (orange)")
    figure.savefig(path, format="png", dpi=110)


def save_search(trials: "Sequence[FrozenTrial]", folder: Path) -> None:
    """Write the score of each of `trials`, and its score by each parameter, as PNGs."""
    scores = [trial.values[0] for trial in trials]
    history = Figure(figsize=(6, 3.5), layout="constrained")
    axes = history.add_subplot(xlabel="trial", ylabel="validation score")
    axes.plot([trial.number for trial in trials], scores, "o")
    axes.plot(
        [trial.number for trial in trials], list(accumulate(scores, max)), drawstyle="steps-post"
    )
    history.savefig(folder / "history.png", format="png", dpi=110)
    names = list(trials[0].params)
    parameters = Figure(figsize=(3 * len(names), 3), layout="constrained")
    for place, name in enumerate(names, 1):
        axes = parameters.add_subplot(1, len(names), place, xlabel=name.replace("_", " "))
        values = [trial.params[name] for trial in trials]
        axes.plot([str(v) for v in values] if isinstance(values[0], str) else values, scores, "o")
        axes.set_xscale("log" if name == "learning_rate" else axes.get_xscale())
    parameters.savefig(folder / "parameters.png", format="png", dpi=110)
