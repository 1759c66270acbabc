"""A task that even a tiny encoder learns, and a training on it."""

from pathlib import Path

from trainer.data.dataset import heads_of
from trainer.data.examples import Example
from trainer.data.splits import split
from trainer.data.task import Layout
from trainer.hyperparameters import Hyperparameters
from trainer.training_run import TrainingRun

_MOODS = {"falls": "negative", "holds": "neutral", "rises": "positive"}


def examples(count: int) -> list[Example]:
    """`count` texts of each sentiment."""
    return [
        Example(f"acme {word} {number}%", {"sentiment": label})
        for number in range(count)
        for word, label in _MOODS.items()
    ]


def write_csv(path: Path, count: int) -> Path:
    """Write `count` texts of each sentiment to `path`."""
    rows = [f"{one.text},{one.labels['sentiment']}\n" for one in examples(count)]
    path.write_text("text,label\n" + "".join(rows))
    return path


def training(base: Path, output: Path, count: int, hyperparameters: Hyperparameters) -> TrainingRun:
    """A training of the encoder in `base` on `count` texts of each sentiment."""
    texts = examples(count)
    return TrainingRun(
        name="desk",
        sources=[],
        notes=[],
        split=split(texts, 0.1, 0.2, 1),
        heads=heads_of(texts, Layout()),
        weights={},
        base_model=str(base),
        output=output,
        hyperparameters=hyperparameters,
    )
