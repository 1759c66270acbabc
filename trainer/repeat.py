"""The same training several times, by seed or by fold: mean and spread, and the best bundle."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import msgspec
from msgspec import Struct

from trainer.bundle_folder import check_replaceable, replaced
from trainer.data.examples import Example
from trainer.data.splits import folds, split
from trainer.encoders.encoder import encoder_folder
from trainer.train import METRICS, train
from trainer.training_run import TrainingRun


class Spread(Struct, frozen=True):
    """A figure over several runs; `deviation` is the standard deviation of a sample."""

    mean: float
    deviation: float
    values: list[float]


class Repeats(Struct, frozen=True):
    """What came of several runs: figures by head, and the number of the run that was kept.

    Kept is the bundle with the best score on its validation split: the figures of the held-out
    splits have no part in the choice.
    """

    names: list[str]
    kept: int
    heads: dict[str, dict[str, Spread]]

    def lines(self) -> list[str]:
        """A line for each head, and one that says what was kept."""
        heads = [
            f"{head}: " + ", ".join(_shown(name, spread) for name, spread in figures.items())
            for head, figures in self.heads.items()
        ]
        runs = f"mean ± standard deviation of {len(self.names)} runs"
        return [*heads, f"{runs}; kept is the one of the best validation score, {self.kept_name}"]

    @property
    def kept_name(self) -> str:
        """Which run the bundle is of."""
        return self.names[self.kept]


def by_seed(
    run: TrainingRun, examples: Sequence[Example], number: int, holdout: float, validation: float
) -> dict[str, TrainingRun]:
    """`run` with `number` seeds, from its own on, each of a split and of a training."""
    seeds = range(run.hyperparameters.seed, run.hyperparameters.seed + number)
    return {
        f"seed {seed}": replace(
            run,
            split=split(examples, holdout, validation, seed),
            hyperparameters=replace(run.hyperparameters, seed=seed),
            output=_runs_folder(run.output) / f"seed-{seed}",
        )
        for seed in seeds
    }


def by_fold(
    run: TrainingRun, examples: Sequence[Example], number: int, validation: float
) -> dict[str, TrainingRun]:
    """`run` with each of `number` folds of `examples` held out in turn."""
    splits = folds(examples, number, validation, run.hyperparameters.seed)
    return {
        f"fold {k}": replace(run, split=part, output=_runs_folder(run.output) / f"fold-{k}")
        for k, part in enumerate(splits, 1)
    }


def repeat(runs: dict[str, TrainingRun], output: Path, log: Callable[[str], None]) -> Repeats:
    """Train all `runs`, by name, and write the bundle of the best to `output`.

    Runs that were complete before an interruption are not trained again.

    Raises:
        TrainerError: as `train` does, or the output is taken.
    """
    check_replaceable(output)
    metrics = []
    for number, (name, run) in enumerate(runs.items(), 1):
        log(f"{name} ({number} of {len(runs)})")
        metrics.append(_finished(run) or _trained(run, log))
    scores = [max(epoch["score"] for epoch in each["epochs"]) for each in metrics]
    kept = scores.index(max(scores))
    repeats = Repeats([*runs], kept, _spreads([each["heads"] for each in metrics]))
    kept_run = [*runs.values()][kept]
    with replaced(output) as folder:
        shutil.copytree(kept_run.output, folder, dirs_exist_ok=True)
        _add(folder, metrics[kept], repeats)
    shutil.rmtree(kept_run.output.parent)
    return repeats


def _runs_folder(output: Path) -> Path:
    # Beside the output, so that runs which are complete survive an interruption.
    target = output.resolve()
    return target.with_name(f"{target.name}.runs")


def _finished(run: TrainingRun) -> dict[str, Any] | None:
    path = run.output / METRICS
    if not path.is_file():
        return None
    metrics: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return metrics if metrics["run"] == run.identity(encoder_folder(run.base_model)) else None


def _trained(run: TrainingRun, log: Callable[[str], None]) -> dict[str, Any]:
    train(run, log)
    metrics: dict[str, Any] = msgspec.json.decode((run.output / METRICS).read_bytes())
    return metrics


def _spreads(runs: Sequence[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Spread]]:
    return {
        head: {
            name: _spread([run[head][name] for run in runs])
            for name, value in figures.items()
            if isinstance(value, int | float) and name != "examples"
        }
        for head, figures in runs[0].items()
    }


def _spread(values: list[float]) -> Spread:
    return Spread(round(fmean(values), 4), round(stdev(values), 4), values)


def _shown(name: str, spread: Spread) -> str:
    return f"{name.replace('_', ' ')} {spread.mean:.4f} ± {spread.deviation:.4f}"


def _add(folder: Path, metrics: dict[str, Any], repeats: Repeats) -> None:
    encoded = msgspec.json.encode({**metrics, "repeats": repeats})
    (folder / METRICS).write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    lines = "\n".join(f"- {line}" for line in repeats.lines())
    with (folder / "README.md").open("a", encoding="utf-8") as card:
        card.write(f"\n## Over several runs\n\n{lines}\n")
