"""A training run, from examples to a bundle."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import torch

from bundle import manifest
from bundle.classifier import Classifier
from bundle.head_kinds import kind_of
from bundle.heads import Head, HeadName
from bundle.network import Network
from bundle.pretrained import load_encoder
from bundle.tokens import TextTokenizer
from bundle.torch_engine import TorchEngine
from trainer.bundle_folder import check_replaceable, copy_tokenizer_config, replaced
from trainer.data.examples import Example
from trainer.encoders.encoder import encoder_folder, encoder_name
from trainer.errors import TrainerError
from trainer.evaluation.calibration import calibrate
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.plots import save_confusion, save_reliability
from trainer.evaluation.report import report
from trainer.evaluation.scoring import score_examples
from trainer.heads import learner_of
from trainer.heads.scored import Scored
from trainer.heads.tokenized_example import TokenizedExample, tokenized
from trainer.model_card import model_card
from trainer.tracking.plots import save_curves
from trainer.tracking.tensorboard_log import TensorBoardLog, copy_event_files
from trainer.tracking.wandb_log import WandbLog
from trainer.training.callbacks import Callbacks
from trainer.training.checkpoint import Checkpoint, Snapshot, checkpoint_folder
from trainer.training.epoch import Epoch
from trainer.training.fit import fit
from trainer.training.layers import shorten
from trainer.training.loss import MaskedLoss, class_weights
from trainer.training.methods import adapt, merge, trained_parameters
from trainer.training.training_cost import TrainingCost, peak_memory
from trainer.training_run import TrainingOutcome, TrainingRun

METRICS = "metrics.json"


def train(
    run: TrainingRun,
    log: Callable[[str], None],
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> TrainingOutcome:
    """Train, calibrate, evaluate and write the bundle of `run`.

    `log` gets lines for a person, `on_epoch` every epoch, after which it may end the run by
    raising.

    Raises:
        TrainerError: the data is too small, an option does not fit, the output is taken.
        bundle.manifest.BundleError: the base model cannot be loaded.
    """
    check_replaceable(run.output)
    _check_split(run)
    torch.manual_seed(run.hyperparameters.seed)
    base = encoder_folder(run.base_model)
    network = _network(base, run)
    tokenizer = TextTokenizer.load(base, run.hyperparameters.max_length)
    for note in run.notes:
        log(note)
    identity = run.identity(base)
    checkpoint = Checkpoint(checkpoint_folder(run.output), identity)
    epochs, heads = _fitted(network, tokenizer, run, checkpoint, log, on_epoch)
    seconds = sum(epoch.seconds for epoch in epochs)
    cost = TrainingCost(trained_parameters(network), round(seconds, 3), peak_memory())
    merge(network)
    with replaced(run.output) as folder:
        network.save(folder)
        tokenizer.save(folder)
        copy_tokenizer_config(base, folder)
        manifest.seal(
            folder,
            name=run.name,
            base_model=encoder_name(run.base_model),
            max_length=run.hyperparameters.max_length,
            heads=heads,
        )
        outcome = _evaluated(folder, epochs, cost, run)
        _write_results(folder, outcome, run, identity)
        copy_event_files(checkpoint.folder, folder)
    checkpoint.discard()
    return outcome


def _network(base: Path, run: TrainingRun) -> Network:
    encoder = load_encoder(base)
    positions = getattr(encoder.config, "max_position_embeddings", run.hyperparameters.max_length)
    if run.hyperparameters.max_length > positions:
        raise TrainerError(
            f"--max-length must be at most {positions} for {run.base_model},"
            f" not {run.hyperparameters.max_length}"
        )
    if "sentiment" in run.heads:
        labels = run.heads["sentiment"].labels
        encoder.config.id2label = dict(enumerate(labels))
        encoder.config.label2id = {label: number for number, label in enumerate(labels)}
    shorten(encoder, run.hyperparameters)
    if run.hyperparameters.freeze_embeddings:
        encoder.get_input_embeddings().requires_grad_(False)
    sizes = {name: len(head.labels) for name, head in run.heads.items()}
    network = Network(encoder, sizes, run.hyperparameters.dropout)
    adapt(network, run.hyperparameters.method, run.hyperparameters.steps(len(run.split.train)))
    return network


def _fitted(
    network: Network,
    tokenizer: TextTokenizer,
    run: TrainingRun,
    checkpoint: Checkpoint,
    log: Callable[[str], None],
    on_epoch: Callable[[Epoch], None],
) -> tuple[list[Epoch], dict[HeadName, Head]]:
    """The epochs of the training, and the heads calibrated on the validation split."""
    training = tokenized(run.split.train, run.heads, tokenizer)
    validation = tokenized(run.split.validation, run.heads, tokenizer)
    longest = run.hyperparameters.max_length
    if cut := sum(example.is_cut(longest) for example in [*training, *validation]):
        log(f"{cut} texts are longer than {longest} tokens: only their beginning is read")
    engine = TorchEngine(network)
    _set_priors(network, training, run.heads)
    weights = class_weights(run.weights, run.heads, training)
    loss = MaskedLoss(run.heads, weights, engine.device)

    def validate() -> float:
        return _validated(engine, validation, run.heads)[1]

    def log_step(step: int, loss: float, rate: float) -> None:
        for curves in logs:
            curves.step(step, loss, rate)

    def log_epoch(epoch: Epoch) -> None:
        for curves in logs:
            curves.epoch(epoch)
        log(str(epoch))
        on_epoch(epoch)

    resume = checkpoint.load()
    if resume is None:
        # What is there is of another run.
        checkpoint.discard()
    else:
        log(f"going on from {checkpoint.folder}")
    with ExitStack() as stack:
        logs: list[TensorBoardLog | WandbLog] = [
            stack.enter_context(closing(curves)) for curves in _logs(run, checkpoint, resume)
        ]
        callbacks = Callbacks(validate, log_step, log_epoch, checkpoint.save)
        epochs = fit(network, training, loss, run.hyperparameters, callbacks, resume)
    return epochs, _validated(engine, validation, run.heads)[0]


def _logs(
    run: TrainingRun, checkpoint: Checkpoint, resume: Snapshot | None
) -> Iterator[TensorBoardLog | WandbLog]:
    yield TensorBoardLog(checkpoint.folder, resume.values["steps"] if resume else 0)
    if run.wandb:
        yield WandbLog(run.wandb, run.name, run.hyperparameters)


def _set_priors(
    network: Network, examples: list[TokenizedExample], heads: dict[HeadName, Head]
) -> None:
    """Start each head from how often its labels are, so that it need not spend steps on that."""
    for name, head in heads.items():
        targets = [example.targets[name] for example in examples if name in example.targets]
        bias = network.head(name).bias
        bias.data.copy_(learner_of(head).prior_logits(targets))


def _validated(
    engine: TorchEngine, examples: list[TokenizedExample], heads: dict[HeadName, Head]
) -> tuple[dict[HeadName, Head], float]:
    """The heads calibrated on `examples`, and the mean of their scores on them."""
    scored = score_examples(engine.logits, examples, "validating")
    fitted = {name: calibrate(head, scored[name]) for name, head in heads.items()}
    reports = [
        report(name, head, _with_probabilities(head, scored[name])) for name, head in fitted.items()
    ]
    return fitted, sum(entry.score for entry in reports) / len(reports)


def _with_probabilities(head: Head, scored: Scored) -> Scored:
    probabilities = kind_of(head).probabilities
    return replace(scored, outputs=[probabilities(head, output) for output in scored.outputs])


def _evaluated(
    folder: Path, epochs: list[Epoch], cost: TrainingCost, run: TrainingRun
) -> TrainingOutcome:
    """The bundle as it was written, evaluated on the test split, or without one on validation."""
    part = "test" if run.split.test else "validation"
    examples = run.split.test or run.split.validation
    return TrainingOutcome(epochs, cost, part, evaluate(Classifier.load(folder), examples))


def _write_results(folder: Path, outcome: TrainingOutcome, run: TrainingRun, identity: str) -> None:
    metrics = {
        "run": identity,
        "seed": run.hyperparameters.seed,
        "examples": run.split.counts(),
        "settings": asdict(run.hyperparameters),
        "epochs": [asdict(epoch) for epoch in outcome.epochs],
        "cost": outcome.cost,
        "judged_on": outcome.evaluated_on,
        "heads": {entry.head: entry.metrics for entry in outcome.reports},
    }
    encoded = msgspec.json.format(msgspec.json.encode(metrics), indent=2)
    (folder / METRICS).write_bytes(encoded + b"\n")
    for entry in outcome.reports:
        save_confusion(entry, folder / f"confusion_{entry.head}.png")
        save_reliability(entry, folder / f"reliability_{entry.head}.png")
    save_curves(outcome.epochs, folder / "curves.png")
    (folder / "README.md").write_text(model_card(run, outcome), encoding="utf-8")


def _check_split(run: TrainingRun) -> None:
    for part in ("train", "validation"):
        examples: list[Example] = getattr(run.split, part)
        labelled = {name for example in examples for name in example.labels}
        missing = [name for name in run.heads if name not in labelled]
        if missing:
            raise TrainerError(
                f"the {part} split has no example for head {missing[0]}:"
                f" {len(examples)} examples are too few"
            )
