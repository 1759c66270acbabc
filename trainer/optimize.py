"""A bundle in 8-bit integers: several times faster on a CPU, if it loses little by it."""

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bundle import manifest as manifests
from bundle.adapters import ADAPTERS_FILE
from bundle.classifier import Classifier
from bundle.heads import HeadName
from bundle.manifest import BundleError
from bundle.network import Network, Scorer
from bundle.openvino_engine import MODEL_FILE
from bundle.pretrained import quiet
from bundle.text import read
from bundle.tokens import TextTokenizer, Tokens
from trainer.bundle_folder import copy_tokenizer_config, replaced
from trainer.data.examples import Example
from trainer.data.splits import split
from trainer.errors import TrainerError
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.report import Report

# The ranges of the activations hardly move any more with further texts.
_CALIBRATION_TEXTS = 300
# Not the seed of any training: what that held out would be all in one part again.
_SEED = 7_919

# Any two texts: the graph is traced with them, and then takes any number of any length.
_TRACED = ("input_ids", "attention_mask")
_TRACED_SHAPE = (2, 12)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A report for each head, and texts a second on this machine, tokenising included."""

    reports: list[Report]
    speed: float


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """A bundle before and after, on the same examples."""

    before: Evaluated
    after: Evaluated

    def losses(self) -> dict[HeadName, float]:
        """What each head lost of its score, see `trainer.evaluation.report.Report`."""
        pairs = zip(self.before.reports, self.after.reports, strict=True)
        return {one.head: one.score - other.score for one, other in pairs}


def optimize(
    source: Path, output: Path, examples: Sequence[Example], tolerance: float
) -> BeforeAndAfter:
    """Write the bundle in `source` to `output` in integers, calibrated on some of `examples`.

    Both are evaluated on the other examples. Quantised after training: weights by channel,
    activations by tensor, their outliers moved into the weights (SmoothQuant, 2211.10438).

    Raises:
        TrainerError: a head lost more than `tolerance`, so that nothing was written; or too few
            examples.
        bundle.manifest.BundleError: `source` is not a bundle, or OpenVINO is not there.
    """
    share = min(0.5, _CALIBRATION_TEXTS / max(len(examples), 1))
    parts = split(examples, share, 0.0, _SEED)
    if not (parts.train and parts.test):
        raise TrainerError(f"optimize needs some dozens of examples, not {len(examples)}")
    with replaced(output) as folder:
        _write(source, folder, [example.text for example in parts.test])
        result = BeforeAndAfter(_evaluated(source, parts.train), _evaluated(folder, parts.train))
        _check(result, tolerance)
    return result


def _write(source: Path, folder: Path, texts: Sequence[str]) -> None:
    manifest = manifests.read(source)
    if MODEL_FILE in manifest.files:
        raise BundleError(f"{source} is in 8-bit integers already")
    if ADAPTERS_FILE in manifest.files:
        raise BundleError(f"{source} has {ADAPTERS_FILE}, which cannot be put in integers")
    tokenizer = TextTokenizer.load(source, manifest.max_length)
    network = Network.load(source, manifest.heads)
    _quantize(network, tokenizer([read(text) for text in texts]), folder / MODEL_FILE)
    tokenizer.save(folder)
    copy_tokenizer_config(source, folder)
    manifests.seal(
        folder,
        name=manifest.name,
        base_model=manifest.base_model,
        max_length=manifest.max_length,
        heads=manifest.heads,
    )


def _quantize(network: Network, texts: Sequence[Tokens], path: Path) -> None:
    nncf, openvino = _tools()
    model = _traced(openvino, network)
    # Not padded: what stands in padding would widen the ranges for nothing.
    inputs = [np.array([[tokens.ids], [[1] * len(tokens)]]) for tokens in texts]
    quantized = nncf.quantize(
        model,
        nncf.Dataset([list(pair) for pair in inputs]),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(inputs),
    )
    openvino.save_model(quantized, path, compress_to_fp16=False)


def _traced(openvino: Any, network: Network) -> Any:
    names = list(network.heads)
    traced = dict.fromkeys(_TRACED, torch.ones(_TRACED_SHAPE, dtype=torch.long))
    with warnings.catch_warnings(), quiet():
        # Of how OpenVINO traces, and of what does not depend on the shape and becomes a constant.
        warnings.simplefilter("ignore")
        model = openvino.convert_model(_TupleOutputs(network.eval(), names), example_input=traced)
    for output, name in zip(model.outputs, names, strict=True):
        output.get_tensor().set_names({name})
    return model


class _TupleOutputs(nn.Module):
    """The heads' logits as a tuple, in the order of `names`."""

    def __init__(self, network: Scorer, names: Sequence[HeadName]) -> None:
        super().__init__()
        self._network = network
        self._names = names

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        logits = self._network(input_ids, attention_mask)
        return tuple(logits[name] for name in self._names)


def _tools() -> tuple[Any, Any]:
    try:
        import nncf
        import openvino
    except ImportError:
        raise BundleError(
            "optimize needs OpenVINO and NNCF: pip install 'petrel[optimize]'"
        ) from None
    nncf.set_log_level(logging.ERROR)
    return nncf, openvino


def _evaluated(folder: Path, examples: Sequence[Example]) -> Evaluated:
    classifier = Classifier.load(folder)
    began = time.perf_counter()
    reports = evaluate(classifier, examples)
    return Evaluated(reports, len(examples) / (time.perf_counter() - began))


def _check(result: BeforeAndAfter, tolerance: float) -> None:
    for head, loss in result.losses().items():
        if loss > tolerance:
            raise TrainerError(
                f"8-bit integers lose {loss:.4f} of the score of head {head}, more than the"
                f" {tolerance:g} allowed; nothing was written"
            )
