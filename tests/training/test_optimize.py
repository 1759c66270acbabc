import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bundle import manifest
from bundle.classifier import Classifier
from bundle.manifest import BundleError
from bundle.openvino_engine import MODEL_FILE
from bundle.text import read
from tests import tiny
from tests.commands import ROOT
from trainer.data.examples import Example
from trainer.errors import TrainerError
from trainer.optimize import optimize

SENTIMENTS = ["negative", "neutral", "positive"]
EXAMPLES = [
    Example(f"acme {word} {number}", {"sentiment": SENTIMENTS[number % 3]})
    for number in range(40)
    for word in ("falls", "rises", "holds")
]
TEXTS = ["acme", "apple profit rises 3% in china", "苹果公司亏损", "tim cook " * 12, ""]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    tiny.write_bundle(folder, tiny.write_base(tmp_path_factory.mktemp("base")))
    return folder


@pytest.fixture(scope="module")
def output(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("optimized") / "tiny-int8"
    optimize(source, folder, EXAMPLES, tolerance=1.0)
    return folder


def test_integers_say_nearly_what_the_original_says(source: Path, output: Path) -> None:
    pairs = zip(Classifier.load(source)(TEXTS), Classifier.load(output)(TEXTS), strict=True)
    for original, quantized in pairs:
        assert quantized.sentiment == pytest.approx(original.sentiment, abs=0.05)


def test_every_head_is_there(output: Path) -> None:
    classifier = Classifier.load(output)
    scores = classifier.probabilities(classifier.tokenize([read(TEXTS[0])]))
    assert {name: values.shape[-1] for name, values in scores.items()} == {
        name: len(head.labels) for name, head in tiny.HEADS.items()
    }


def test_scores_do_not_depend_on_what_shares_the_batch(output: Path) -> None:
    classifier = Classifier.load(output)
    alike = classifier.tokenize([read(text) for text in ("acme", "acme falls", "tim cook")])
    assert [len(tokens) for tokens in alike] == [3, 4, 4]
    together = classifier.probabilities(alike)["sentiment"]
    alone = [classifier.probabilities([tokens])["sentiment"][0] for tokens in alike]
    assert torch.equal(together, torch.stack(alone))


def test_it_is_another_version(source: Path, output: Path) -> None:
    assert manifest.read(output).version != manifest.read(source).version


def test_a_loss_above_the_tolerance_writes_nothing(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "refused"
    with pytest.raises(TrainerError, match=r"8-bit integers lose .* nothing was written"):
        optimize(source, target, EXAMPLES, tolerance=-2.0)
    assert list(tmp_path.iterdir()) == []


def test_too_few_examples(source: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="some dozens of examples, not 1"):
        optimize(source, tmp_path / "none", EXAMPLES[:1], tolerance=1.0)


def test_integers_are_not_made_of_integers(output: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="in 8-bit integers already"):
        optimize(output, tmp_path / "twice", EXAMPLES, tolerance=1.0)


def test_a_graph_that_is_none(output: Path, tmp_path: Path) -> None:
    for path in output.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / MODEL_FILE).write_text("<net/>")
    sealed = manifest.read(output)
    manifest.seal(
        tmp_path, name="bad", base_model="tiny", max_length=sealed.max_length, heads=sealed.heads
    )
    with pytest.raises(BundleError, match=r"int8\.xml cannot be loaded"):
        Classifier.load(tmp_path)


# OpenVINO and torch take long to load, on a busy machine longer.
@pytest.mark.timeout(60)
def test_openvino_reports_nothing_to_its_makers() -> None:
    code = "import bundle.openvino_engine, openvino, sys; print(sys.modules['openvino_telemetry'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "None"
