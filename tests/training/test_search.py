import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner, Result

from bundle import manifest
from petrel.commands.search import search
from tests import moods, tiny
from trainer.errors import DivergedError
from trainer.train import train
from trainer.training.checkpoint import checkpoint_folder
from trainer.training.epoch import Epoch
from trainer.training_run import TrainingOutcome, TrainingRun


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    task = moods.write_csv(tmp_path / "moods.csv", 20)
    return [
        *("--task", f"sentiment={task}", "--output", str(tmp_path / "search")),
        *("--base-model", str(tiny.write_base(tmp_path / "base")), "--max-length", "32"),
        *("--epochs", "2", "--validation", "0.2", "--method", "full", "--method", "head"),
    ]


# Four trainings, and pictures of them.
@pytest.mark.timeout(60)
def test_search_that_was_interrupted_goes_on(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[TrainingRun] = []

    def third_fails(run: TrainingRun, tell: object, each: object) -> TrainingOutcome:
        begun.append(run)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return train(run, lambda _: None, lambda _: None)

    monkeypatch.setattr("trainer.search.train", third_fails)
    assert run(*options, "--trials", "3").exit_code == 1
    done = run(*options, "--trials", "3")
    assert done.exit_code == 0, done.output
    assert begun[3].hyperparameters == begun[2].hyperparameters
    assert len(begun) == 4
    folder = tmp_path / "search"
    assert {path.name for path in folder.iterdir()} == {
        "best",
        "history.png",
        "parameters.png",
        "search.db",
    }
    best = optuna.load_study(study_name="petrel", storage=f"sqlite:///{folder / 'search.db'}")
    assert f"--learning-rate {best.best_params['learning_rate']}" in done.stdout
    assert manifest.read(folder / "best").name == "search"


def test_trial_that_falls_behind_is_given_up(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[TrainingRun] = []
    ended: list[TrainingRun] = []

    def worse_each_time(
        run: TrainingRun, _: object, each: Callable[[Epoch], None]
    ) -> TrainingOutcome:
        begun.append(run)
        checkpoint_folder(run.output).mkdir()
        for epoch in range(1, 3):
            each(Epoch(epoch, 1.0, -float(len(begun)), 0.1))
        ended.append(run)
        return train(run, lambda _: None, lambda _: None)

    monkeypatch.setattr("trainer.search.train", worse_each_time)
    assert "given up: it falls behind" in run(*options, "--trials", "6").stderr
    assert (len(begun), ended) == (6, begun[:4])
    assert not [*tmp_path.rglob("*.checkpoint")]


def test_trial_whose_loss_grows_without_bounds_is_given_up(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.search.train", diverging)
    assert "none of 2 trials came to its end" in run(*options, "--trials", "2").output


def test_search_over_other_data_is_refused(options: list[str], tmp_path: Path) -> None:
    assert run(*options, "--trials", "1").exit_code == 0
    with (tmp_path / "moods.csv").open("a") as file:
        file.write("acme sinks,negative\n")
    assert "has a search over other data" in run(*options, "--trials", "1").output


def test_search_without_a_task() -> None:
    assert "needs a --task" in run().output


def test_search_loads_without_torch() -> None:
    code = "import sys, petrel.commands.search; print({'torch', 'optuna'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "set()"


def diverging(run: TrainingRun, _: object, __: object) -> TrainingOutcome:
    checkpoint_folder(run.output).mkdir()
    raise DivergedError("the training loss became nan")


def run(*options: str) -> Result:
    return CliRunner().invoke(search, options)
