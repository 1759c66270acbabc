from pathlib import Path

import pytest
from click.testing import CliRunner

from petrel.commands.train import train
from trainer.encoders.encoder import BILINGUAL, DEFAULT
from trainer.errors import TrainerError
from trainer.training_run import TrainingRun


def asked(patch: pytest.MonkeyPatch, *arguments: str) -> TrainingRun:
    """The run that the command makes of `arguments`, which is not trained."""
    runs = []

    def remember(run: TrainingRun, log: object) -> None:
        runs.append(run)
        raise TrainerError("enough")

    patch.setattr("trainer.train.train", remember)
    CliRunner().invoke(train, arguments)
    return runs[0]


def test_starter_is_made_of_the_lower_layers_of_the_bilingual_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = asked(monkeypatch)
    given = run.hyperparameters
    assert (run.base_model, given.layers, given.freeze_layers) == (BILINGUAL, 8, 3)
    assert given.learning_rate == 3e-4


def test_starter_is_made_of_the_default_encoder_where_the_other_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("petrel.commands.train.is_installed", lambda _: False)

    run = asked(monkeypatch)

    assert (run.base_model, run.hyperparameters.layers) == (DEFAULT, 0)


def test_what_is_told_holds_for_the_starter_too(monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked(monkeypatch, "--layers", "6", "--learning-rate", "0.001")
    given = run.hyperparameters
    assert (given.layers, given.freeze_layers, given.learning_rate) == (6, 3, 1e-3)


def test_starter_of_another_encoder_is_made_of_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked(monkeypatch, "--base-model", DEFAULT)
    given = run.hyperparameters
    assert (run.base_model, given.layers, given.freeze_layers) == (DEFAULT, 0, 0)


def test_files_of_the_user_are_learned_from_with_the_default_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moods.csv"
    path.write_text("text,label\nfalls,negative\nrises,positive\n")
    run = asked(monkeypatch, "--task", f"sentiment={path}")
    assert (run.base_model, run.hyperparameters.layers) == (DEFAULT, 0)
