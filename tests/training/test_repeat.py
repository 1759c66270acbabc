import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bundle import manifest
from petrel.commands.train import train
from tests import moods, tiny
from trainer.data.examples import Example
from trainer.data.splits import folds
from trainer.train import train as train_bundle
from trainer.training_run import TrainingOutcome, TrainingRun


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    task = moods.write_csv(tmp_path / "moods.csv", 30)
    return [
        *("--task", f"sentiment={task}", "--output", str(tmp_path / "desk")),
        *("--base-model", str(tiny.write_base(tmp_path / "base")), "--max-length", "32"),
        *("--epochs", "1", "--validation", "0.2"),
    ]


def test_folds_hold_each_example_out_once() -> None:
    examples = [Example(f"text {number}", {}) for number in range(200)]
    sides = folds(examples, 4, 0.1, seed=1)
    assert sorted(e.text for side in sides for e in side.test) == sorted(e.text for e in examples)
    assert all(sum(side.counts().values()) == 200 for side in sides)


@pytest.mark.parametrize(
    ("option", "names"), [("--seeds", ["seed 13", "seed 14"]), ("--folds", ["fold 1", "fold 2"])]
)
def test_mean_and_spread_of_several_runs(
    options: list[str], tmp_path: Path, option: str, names: list[str]
) -> None:
    done = run(*options, option, "2")
    metrics = json.loads((tmp_path / "desk" / "metrics.json").read_bytes())["repeats"]
    accuracy = metrics["heads"]["sentiment"]["accuracy"]
    assert metrics["names"] == names
    assert accuracy["mean"] == pytest.approx(sum(accuracy["values"]) / 2, abs=1e-4)
    assert f"accuracy {accuracy['mean']:.4f} ± {accuracy['deviation']:.4f}" in done.stdout
    assert names[metrics["kept"]] in done.stdout
    assert manifest.read(tmp_path / "desk").name == "desk"
    assert {path.name for path in tmp_path.iterdir()} == {"moods.csv", "base", "desk"}


def test_a_run_that_was_complete_is_not_trained_again(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    def once(run: TrainingRun, _: object) -> TrainingOutcome:
        trained.append(run.hyperparameters.seed)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return train_bundle(run, lambda _: None)

    monkeypatch.setattr("trainer.repeat.train", once)
    assert run(*options, "--seeds", "2").exit_code == 1
    assert run(*options, "--seeds", "2").exit_code == 0
    assert trained == [13, 14, 14]


def test_seeds_and_folds_together(options: list[str]) -> None:
    assert "give one of them" in run(*options, "--seeds", "2", "--folds", "2").output


def run(*options: str) -> Result:
    return CliRunner().invoke(train, options)
