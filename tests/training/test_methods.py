import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec
import pytest
import torch

from bundle import manifest
from bundle.adapters import ADAPTERS_FILE
from bundle.classifier import Classifier
from bundle.manifest import BundleError
from bundle.network import Network
from bundle.pretrained import load_encoder
from bundle.text import read
from bundle.tokens import TextTokenizer
from bundle.torch_engine import TorchEngine
from tests import moods, tiny
from tests.commands import ROOT
from trainer.hyperparameters import Hyperparameters, Method
from trainer.train import train
from trainer.training.methods import adapt, merge, trained_parameters
from trainer.training_run import TrainingOutcome, TrainingRun

ADAPTED = ("lora", "adalora", "ia3", "prefix", "bottleneck")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_base(tmp_path_factory.mktemp("base"))


class Trained(NamedTuple):
    """A bundle, and how a process that has no PEFT reads a text with it."""

    run: TrainingRun
    outcome: TrainingOutcome
    sentiment: list[float]


@pytest.fixture(scope="module")
def trained(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Method, Trained]:
    """A bundle of every method; one process serves them all, for it takes long to start."""
    folder = tmp_path_factory.mktemp("methods")
    runs = [running(base, folder / method, method) for method in get_args(Method)]
    outcomes = [train(run, lambda _: None) for run in runs]
    code = (
        "import sys; sys.modules['peft'] = None\n"
        "from bundle.classifier import Classifier\n"
        "for bundle in sys.argv[1:]:\n"
        "    print(*Classifier.load(bundle)(['acme falls 7%'])[0].sentiment)"
    )
    command = [sys.executable, "-c", code, *(str(run.output) for run in runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    served = [[float(value) for value in line.split()] for line in done.stdout.splitlines()]
    found = map(Trained, runs, outcomes, served)
    return dict(zip(get_args(Method), found, strict=True))


# The first of them trains with every method.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("method", get_args(Method))
def test_bundle_of_every_method_is_served_without_peft(
    trained: dict[Method, Trained], method: Method
) -> None:
    run, outcome, served = trained[method]
    assert sum(served) == pytest.approx(1.0)
    metrics = msgspec.json.decode((run.output / "metrics.json").read_bytes())
    assert metrics["cost"]["trained_parameters"] == outcome.cost.trained_parameters
    assert metrics["settings"]["method"] == method
    assert (run.output / ADAPTERS_FILE).exists() == (method in ("prefix", "bottleneck"))


@pytest.mark.parametrize("method", ADAPTED)
def test_saved_network_says_what_the_trained_one_said(
    base: Path, tmp_path: Path, method: Method
) -> None:
    network = new_network(base)
    adapt(network, method, steps=20)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight) * 0.1)
    batch = TextTokenizer.load(base, 32)([read("acme falls"), read("apple profit rises in china")])
    said = TorchEngine(network).logits(batch)
    merge(network)
    network.save(tmp_path)
    loaded = TorchEngine(Network.load(tmp_path, tiny.HEADS)).logits(batch)
    for name, values in loaded.items():
        rows = slice(None) if name != "entity" else slice(1, 2)
        torch.testing.assert_close(values[rows], said[name][rows], atol=1e-4, rtol=1e-4)
    plain = TorchEngine(new_network(base)).logits(batch)
    assert not torch.allclose(loaded["sentiment"], plain["sentiment"], atol=1e-3)


def test_trained_parameters_of_each_method(base: Path) -> None:
    counts = {}
    for method in get_args(Method):
        network = new_network(base)
        adapt(network, method, steps=20)
        counts[method] = trained_parameters(network)
    heads = sum(value.numel() for value in new_network(base).heads.parameters())
    assert counts["head"] == heads
    assert counts["full"] == sum(value.numel() for value in new_network(base).parameters())
    assert all(heads < counts[method] < counts["full"] for method in ADAPTED)


def test_adapters_that_do_not_fit_the_encoder(base: Path, tmp_path: Path) -> None:
    network = new_network(base)
    adapt(network, "bottleneck", steps=1)
    network.save(tmp_path)
    path = tmp_path / ADAPTERS_FILE
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BundleError, match="does not hold adapters"):
        Network.load(tmp_path, tiny.HEADS)


def test_version_of_a_bundle_covers_its_adapters(base: Path, tmp_path: Path) -> None:
    run = running(base, tmp_path / "desk", "prefix")
    train(run, lambda _: None)
    assert ADAPTERS_FILE in manifest.read(run.output).files
    (run.output / ADAPTERS_FILE).unlink()
    with pytest.raises(BundleError, match=f"{ADAPTERS_FILE} is missing"):
        Classifier.load(run.output)


def new_network(base: Path) -> Network:
    torch.manual_seed(4)
    return Network(load_encoder(base), {n: len(head.labels) for n, head in tiny.HEADS.items()})


def running(base: Path, output: Path, method: Method) -> TrainingRun:
    hyperparameters = Hyperparameters(epochs=1, learning_rate=3e-3, max_length=32, method=method)
    return moods.training(base, output, 20, hyperparameters)
