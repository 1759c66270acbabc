"""A bundle at work: texts in, sentiment, topics and entities out."""

from collections.abc import Sequence
from pathlib import Path

import torch
from msgspec import Struct
from torch import Tensor

from bundle import manifest as manifests
from bundle.batching import pack
from bundle.engine import Engine
from bundle.entities import EntitySpan
from bundle.external_classifier import ExternalClassifier
from bundle.head_kinds import kind_of
from bundle.heads import HeadName
from bundle.manifest import BundleError, Manifest
from bundle.network import Network
from bundle.openvino_engine import MODEL_FILE, OpenVinoEngine
from bundle.registry import resolve
from bundle.text import read
from bundle.tokens import Reading, TextTokenizer, Tokens
from bundle.torch_engine import TorchEngine

# Tokens of one forward pass when the caller leaves the batching to us.
_BUDGET = 1024


class Prediction(Struct, frozen=True):
    """What a bundle predicts for one text.

    `sentiment` is (negative, neutral, positive) and sums to 1. `topics` come likeliest first.
    """

    sentiment: tuple[float, float, float]
    topics: list[tuple[str, float]]
    entities: list[EntitySpan]


class Classifier:
    """A loaded bundle. `tokenize` is safe on any thread; `predict` is for one thread at a time."""

    def __init__(self, manifest: Manifest, tokenizer: TextTokenizer, engine: Engine) -> None:
        self.manifest = manifest
        self.tokenize = tokenizer
        self._engine = engine

    @classmethod
    def load(cls, path: str | Path, threads: int | None = None) -> "Classifier":
        """The bundle, or the plain Hugging Face sequence classifier, in the folder `path`.

        Of a model directory it is the active bundle.

        `threads` sets the number of CPU threads of torch, for the whole process, and of OpenVINO.

        Raises:
            BundleError: a file is missing, does not match or cannot be read as what it should be.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        folder = resolve(Path(path))
        if not (folder / manifests.FILE).is_file() and (folder / "config.json").is_file():
            return cls._load_external(folder)
        manifest = manifests.read(folder)
        tokenizer = TextTokenizer.load(folder, manifest.max_length)
        engine: Engine = (
            OpenVinoEngine(folder, manifest.heads, manifest.max_length, threads)
            if MODEL_FILE in manifest.files
            else TorchEngine.for_inference(Network.load(folder, manifest.heads))
        )
        return cls(manifest, tokenizer, engine)

    @classmethod
    def _load_external(cls, folder: Path) -> "Classifier":
        model = ExternalClassifier.load(folder)
        manifest = model.manifest(folder)
        tokenizer = TextTokenizer.load(folder, manifest.max_length)
        return cls(manifest, tokenizer, TorchEngine.for_inference(model))

    @property
    def name(self) -> str:
        """What the bundle is called."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """Twelve hex digits that differ when the weights, the tokenizer or the heads do."""
        return self.manifest.version

    def __call__(self, texts: Sequence[str]) -> list[Prediction]:
        """The prediction for each text, in the order given."""
        return self.classify([read(text) for text in texts])

    def classify(self, readings: Sequence[Reading]) -> list[Prediction]:
        """The prediction for each, in the order given, computed in batches padded alike."""
        tokens = self.tokenize(readings)
        found: dict[int, Prediction] = {}
        for positions in pack([len(text) for text in tokens], _BUDGET):
            batch = [tokens[position] for position in positions]
            found.update(zip(positions, self.predict(batch), strict=True))
        return [found[position] for position in range(len(readings))]

    def predict(self, batch: Sequence[Tokens]) -> list[Prediction]:
        """The prediction for each text of `batch`, in order: one forward pass.

        Entities stand in what each was read from.

        Raises:
            BundleError: the bundle has no sentiment head.
        """
        if "sentiment" not in self.manifest.heads:
            raise BundleError(
                f"bundle {self.name} has no sentiment head, only {', '.join(self.manifest.heads)}"
            )
        heads, scores = self.manifest.heads, self.probabilities(batch)
        topic, entity = heads.get("topic"), heads.get("entity")
        return [
            Prediction(
                sentiment=_triple(scores["sentiment"][row]),
                topics=kind_of(topic).reported(topic, scores["topic"][row]) if topic else [],
                entities=kind_of(entity).spans(tokens, scores["entity"][row]) if entity else [],
            )
            for row, tokens in enumerate(batch)
        ]

    def probabilities(self, batch: Sequence[Tokens]) -> dict[HeadName, Tensor]:
        """Calibrated probabilities of each head, float64.

        (batch, labels) of a text head; (batch, longest, tags) of a head that sees tokens.
        """
        if not batch:
            return {}
        logits = self._engine.logits(batch)
        return {
            name: kind_of(head).probabilities(head, logits[name])
            for name, head in self.manifest.heads.items()
        }


def _triple(scores: Tensor) -> tuple[float, float, float]:
    negative, neutral, positive = scores.tolist()
    return negative, neutral, positive
