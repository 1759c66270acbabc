from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from bundle import manifest
from tests import moods, tiny
from trainer.errors import TrainerError
from trainer.hyperparameters import Hyperparameters
from trainer.train import train
from trainer.training.checkpoint import FILE, Checkpoint, checkpoint_folder
from trainer.training_run import TrainingRun

HYPERPARAMETERS = Hyperparameters(
    epochs=4, learning_rate=3e-3, max_length=32, patience=9, freeze_embeddings=True
)


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return moods.training(
        tiny.write_base(tmp_path / "base"), tmp_path / "desk", 40, HYPERPARAMETERS
    )


@pytest.mark.parametrize("last", [2, 4])
def test_interrupted_run_gives_the_weights_of_one_that_was_not(
    run: TrainingRun, tmp_path: Path, last: int
) -> None:
    interrupt(run, after=last)
    assert not run.output.exists()
    lines: list[str] = []
    train(run, lines.append)
    assert [line.split(":")[0] for line in lines[1:]] == [f"epoch {k}" for k in range(last + 1, 5)]
    whole = replace(run, output=tmp_path / "whole")
    train(whole, lambda _: None)
    assert version(run) == version(whole)
    assert not checkpoint_folder(run.output).exists()


def test_curves_of_an_interrupted_run_are_whole(run: TrainingRun) -> None:
    interrupt(run, after=2)
    train(run, lambda _: None)
    found = EventAccumulator(str(run.output)).Reload()
    assert [event.step for event in found.Scalars("epoch/validation_score")] == [1, 2, 3, 4]
    steps = [event.step for event in found.Scalars("train/loss")]
    assert steps == [*range(1, HYPERPARAMETERS.steps(len(run.split.train)) + 1)]
    assert sorted(path.name for path in run.output.glob("events*")) == [
        "events.out.tfevents.0",
        "events.out.tfevents.1",
    ]


def test_another_run_does_not_go_on_from_it(run: TrainingRun) -> None:
    interrupt(run, after=1)
    lines: list[str] = []
    train(replace(run, hyperparameters=replace(HYPERPARAMETERS, dropout=0.3)), lines.append)
    assert [line.split(":")[0] for line in lines] == [f"epoch {k}" for k in range(1, 5)]


@pytest.mark.parametrize("content", [b"", b"nonsense" * 9, None])
def test_broken_checkpoint_is_a_sentence(run: TrainingRun, content: bytes | None) -> None:
    interrupt(run, after=1)
    path = checkpoint_folder(run.output) / FILE
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(TrainerError, match=f"{FILE} is not a checkpoint .*delete it"):
        train(run, lambda _: None)


def test_broken_base_model_is_a_sentence(run: TrainingRun) -> None:
    weights = Path(run.base_model, "model.safetensors")
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(manifest.BundleError, match="cannot be loaded"):
        train(run, lambda _: None)


def test_checkpoint_of_nothing(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path, "run").load() is None


def interrupt(run: TrainingRun, after: int) -> None:
    def print_line(line: str) -> None:
        if line.startswith(f"epoch {after}:"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(run, print_line)


def version(run: TrainingRun) -> str:
    return manifest.read(run.output).version
