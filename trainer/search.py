"""A search for hyperparameters, by the score on the validation split."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from bundle.manifest import short_version
from trainer.bundle_folder import replaced
from trainer.encoders.encoder import encoder_folder
from trainer.errors import DivergedError, TrainerError
from trainer.hyperparameters import Hyperparameters, Method
from trainer.tracking.plots import save_search
from trainer.train import train
from trainer.training.checkpoint import checkpoint_folder
from trainer.training.epoch import Epoch
from trainer.training_run import TrainingRun

BEST = "best"

_DATABASE = "search.db"
_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)
# Before these the median means little: trials run to their end.
_UNPRUNED_TRIALS = 4


def search(
    run: TrainingRun, methods: Sequence[Method], trials: int, log: Callable[[str], None]
) -> FrozenTrial:
    """Train until `trials` trials have ended, and keep the bundle of the best; that trial.

    `run.output` is a folder of the search's own: `best` in it is the bundle, `search.db` the
    study, and pictures show how it went. A search that was interrupted goes on, and so does the
    training that it was in. Trials are chosen by TPE (Bergstra et al. 2011), and given up when
    an epoch scores below the median of those before.

    Raises:
        TrainerError: the folder has a search over other data, or no trial came to its end.
    """
    run.output.mkdir(parents=True, exist_ok=True)
    study = _study(run)
    _requeue(study)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ended = len(study.get_trials(deepcopy=False, states=_ENDED))
    study.optimize(
        lambda trial: _score(trial, run, methods, study, log), n_trials=max(0, trials - ended)
    )
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not complete:
        raise TrainerError(f"none of {trials} trials came to its end: try more, or other data")
    save_search(complete, run.output)
    return study.best_trial


def _study(run: TrainingRun) -> optuna.Study:
    # Other hyperparameters are what is searched; the same data and encoder make it the same search.
    asked = replace(run, hyperparameters=Hyperparameters(epochs=1, seed=run.hyperparameters.seed))
    identity = short_version([asked.identity(encoder_folder(run.base_model))])
    study = optuna.create_study(
        storage=f"sqlite:///{(run.output / _DATABASE).resolve()}",
        study_name="petrel",
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_UNPRUNED_TRIALS, n_warmup_steps=1),
        load_if_exists=True,
    )
    # A sampler that began again from the seed would propose what it has proposed.
    study.sampler = optuna.samplers.TPESampler(seed=run.hyperparameters.seed + len(study.trials))
    if study.user_attrs.setdefault("data", identity) != identity:
        raise TrainerError(
            f"--output {run.output} has a search over other data: give another folder"
        )
    study.set_user_attr("data", identity)
    return study


def _requeue(study: optuna.Study) -> None:
    """Let the trial that was interrupted, if one was, be the next."""
    if not study.trials:
        return
    last = study.trials[-1]
    if last.state == TrialState.RUNNING:
        study.tell(last.number, state=TrialState.FAIL)
    if last.state in (TrialState.RUNNING, TrialState.FAIL):
        study.enqueue_trial(last.params)


def _score(
    trial: Trial,
    run: TrainingRun,
    methods: Sequence[Method],
    study: optuna.Study,
    log: Callable[[str], None],
) -> float:
    tried = replace(
        run,
        output=run.output / "trial",
        hyperparameters=_suggested(trial, run.hyperparameters, methods),
    )
    log(f"trial {trial.number}: {', '.join(f'{k} {_shown(v)}' for k, v in trial.params.items())}")

    def prune(epoch: Epoch) -> None:
        trial.report(epoch.score, epoch.number)
        if trial.should_prune():
            raise optuna.TrialPruned

    try:
        outcome = train(tried, log, prune)
    except (DivergedError, optuna.TrialPruned) as error:
        log(f"given up: {str(error) or 'it falls behind'}")
        shutil.rmtree(checkpoint_folder(tried.output))
        raise optuna.TrialPruned from None
    score = max(epoch.score for epoch in outcome.epochs)
    _keep_best(tried.output, run.output / BEST, score, study)
    return score


def _suggested(
    trial: Trial, hyperparameters: Hyperparameters, methods: Sequence[Method]
) -> Hyperparameters:
    return replace(
        hyperparameters,
        method=cast(Method, trial.suggest_categorical("method", list(methods))),
        learning_rate=trial.suggest_float("learning_rate", 2e-5, 2e-3, log=True),
        epochs=trial.suggest_int("epochs", 1, hyperparameters.epochs),
        batch_size=trial.suggest_categorical("batch_size", [8, 16, 32]),
        weight_decay=trial.suggest_float("weight_decay", 0.0, 0.1),
        dropout=trial.suggest_float("dropout", 0.0, 0.3),
    )


def _keep_best(fresh: Path, best: Path, score: float, study: optuna.Study) -> None:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if all(score > trial.values[0] for trial in complete):
        with replaced(best) as folder:
            shutil.copytree(fresh, folder, dirs_exist_ok=True)
    shutil.rmtree(fresh)


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
