"""A training run, from examples to a bundle."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import torch

from bundle import manifest
from bundle.classifier import Classifier
from bundle.head_kinds import kind_of
from bundle.heads import Head, HeadName
from bundle.network import Network, load_encoder
from bundle.runner import Runner
from bundle.tokens import TextTokenizer
from trainer.card import model_card
from trainer.errors import TrainerError
from trainer.heads import learner_of
from trainer.heads.scored import Scored
from trainer.heads.tokenized_example import TokenizedExample, tokenized
from trainer.judging.calibration import calibrate
from trainer.judging.evaluate import evaluate
from trainer.judging.figures import save_confusion, save_curves, save_reliability
from trainer.judging.report import report
from trainer.judging.scoring import score_examples
from trainer.run import Outcome, Run
from trainer.save import check_replaceable, copy_tokenizer_config, replaced
from trainer.training.base import base_folder, base_name
from trainer.training.checkpoint import Checkpoint, State, checkpoint_folder
from trainer.training.cost import Cost, peak_memory
from trainer.training.fit import Epoch, Watch, fit
from trainer.training.loss import MaskedLoss, class_weights
from trainer.training.methods import adapt, merge, trained_parameters
from trainer.training.remote import Remote
from trainer.training.track import Track, collect

METRICS = "metrics.json"


def train(
    run: Run, tell: Callable[[str], None], each: Callable[[Epoch], None] = lambda _: None
) -> Outcome:
    """Train, calibrate, judge and write the bundle of `run`.

    `tell` gets lines for a person, `each` every epoch, after which it may end the run by raising.

    Raises:
        TrainerError: the data is too small, an option does not fit, the output is taken.
        bundle.manifest.BundleError: the base model cannot be loaded.
    """
    check_replaceable(run.output)
    _check_split(run)
    torch.manual_seed(run.hyperparameters.seed)
    base = base_folder(run.base_model)
    network = _network(base, run)
    tokenizer = TextTokenizer.load(base, run.hyperparameters.max_length)
    for note in run.notes:
        tell(note)
    identity = run.identity(base)
    checkpoint = Checkpoint(checkpoint_folder(run.output), identity)
    epochs, heads = _fitted(network, tokenizer, run, checkpoint, _Hearers(tell, each))
    seconds = sum(epoch.seconds for epoch in epochs)
    cost = Cost(trained_parameters(network), round(seconds, 3), peak_memory())
    merge(network)
    with replaced(run.output) as folder:
        network.save(folder)
        tokenizer.save(folder)
        copy_tokenizer_config(base, folder)
        manifest.seal(
            folder,
            name=run.name,
            base_model=base_name(run.base_model),
            max_length=run.hyperparameters.max_length,
            heads=heads,
        )
        outcome = _judged(folder, epochs, cost, run)
        _write_papers(folder, outcome, run, identity)
        collect(checkpoint.folder, folder)
    checkpoint.discard()
    return outcome


class _Hearers(NamedTuple):
    tell: Callable[[str], None]
    each: Callable[[Epoch], None]


def _network(base: Path, run: Run) -> Network:
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
    if run.hyperparameters.freeze_embeddings:
        encoder.get_input_embeddings().requires_grad_(False)
    sizes = {name: len(head.labels) for name, head in run.heads.items()}
    network = Network(encoder, sizes, run.hyperparameters.dropout)
    adapt(network, run.hyperparameters.method, run.hyperparameters.steps(len(run.split.train)))
    return network


def _fitted(
    network: Network,
    tokenizer: TextTokenizer,
    run: Run,
    checkpoint: Checkpoint,
    hearers: _Hearers,
) -> tuple[list[Epoch], dict[HeadName, Head]]:
    """The epochs of the training, and the heads calibrated on the validation split."""
    training = tokenized(run.split.train, run.heads, tokenizer)
    validation = tokenized(run.split.validation, run.heads, tokenizer)
    longest = run.hyperparameters.max_length
    if cut := sum(example.is_cut(longest) for example in [*training, *validation]):
        hearers.tell(f"{cut} texts are longer than {longest} tokens: only their beginning is read")
    runner = Runner(network)
    _set_priors(network, training, run.heads)
    weights = class_weights(run.weights, run.heads, training)
    loss = MaskedLoss(run.heads, weights, runner.device)

    def validate() -> float:
        return _validated(runner, validation, run.heads)[1]

    def take_step(step: int, loss: float, rate: float) -> None:
        for track in tracks:
            track.step(step, loss, rate)

    def announce(epoch: Epoch) -> None:
        for track in tracks:
            track.epoch(epoch)
        hearers.tell(str(epoch))
        hearers.each(epoch)

    resume = checkpoint.load()
    if resume is None:
        # What is there is of another run.
        checkpoint.discard()
    else:
        hearers.tell(f"going on from {checkpoint.folder}")
    with ExitStack() as stack:
        tracks: list[Track | Remote] = [
            stack.enter_context(closing(track)) for track in _tracks(run, checkpoint, resume)
        ]
        watch = Watch(validate, announce, take_step, checkpoint.save, resume)
        epochs = fit(network, training, loss, run.hyperparameters, watch)
    return epochs, _validated(runner, validation, run.heads)[0]


def _tracks(run: Run, checkpoint: Checkpoint, resume: State | None) -> Iterator[Track | Remote]:
    yield Track(checkpoint.folder, resume.values["steps"] if resume else 0)
    if run.wandb:
        yield Remote(run.wandb, run.name, run.hyperparameters)


def _set_priors(
    network: Network, examples: list[TokenizedExample], heads: dict[HeadName, Head]
) -> None:
    """Start each head from how often its labels are, so that it need not spend steps on that."""
    for name, head in heads.items():
        targets = [example.targets[name] for example in examples if name in example.targets]
        bias = network.head(name).bias
        bias.data.copy_(learner_of(head).prior_logits(targets))


def _validated(
    runner: Runner, examples: list[TokenizedExample], heads: dict[HeadName, Head]
) -> tuple[dict[HeadName, Head], float]:
    """The heads calibrated on `examples`, and the mean of their scores on them."""
    scored = score_examples(runner.logits, examples, "validating")
    fitted = {name: calibrate(head, scored[name]) for name, head in heads.items()}
    reports = [report(name, head, _probable(head, scored[name])) for name, head in fitted.items()]
    return fitted, sum(entry.score for entry in reports) / len(reports)


def _probable(head: Head, scored: Scored) -> Scored:
    probabilities = kind_of(head).probabilities
    return replace(scored, outputs=[probabilities(head, output) for output in scored.outputs])


def _judged(folder: Path, epochs: list[Epoch], cost: Cost, run: Run) -> Outcome:
    """What the bundle as it was written says of the test split, or without one the validation."""
    judged = "test" if run.split.test else "validation"
    examples = run.split.test or run.split.validation
    return Outcome(epochs, cost, judged, evaluate(Classifier.load(folder), examples))


def _write_papers(folder: Path, outcome: Outcome, run: Run, identity: str) -> None:
    metrics = {
        "run": identity,
        "seed": run.hyperparameters.seed,
        "examples": run.split.counts(),
        "settings": asdict(run.hyperparameters),
        "epochs": [asdict(epoch) for epoch in outcome.epochs],
        "cost": outcome.cost,
        "judged_on": outcome.judged,
        "heads": {entry.head: entry.metrics for entry in outcome.reports},
    }
    encoded = msgspec.json.format(msgspec.json.encode(metrics), indent=2)
    (folder / METRICS).write_bytes(encoded + b"\n")
    for entry in outcome.reports:
        save_confusion(entry, folder / f"confusion_{entry.head}.png")
        save_reliability(entry, folder / f"reliability_{entry.head}.png")
    save_curves(outcome.epochs, folder / "curves.png")
    (folder / "README.md").write_text(model_card(run, outcome), encoding="utf-8")


def _check_split(run: Run) -> None:
    for side in ("train", "validation"):
        labelled = {name for example in getattr(run.split, side) for name in example.labels}
        missing = [name for name in run.heads if name not in labelled]
        if missing:
            raise TrainerError(
                f"the {side} split has no example for head {missing[0]}:"
                f" {len(getattr(run.split, side))} examples are too few"
            )
