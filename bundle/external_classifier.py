"""A plain Hugging Face sequence classifier from elsewhere, used as a sentiment model."""

from pathlib import Path

from torch import Tensor
from transformers import PreTrainedModel

from bundle import manifest as manifests
from bundle.heads import Head, HeadName
from bundle.manifest import BundleError, Manifest
from bundle.network import Scorer
from bundle.pretrained import load_classifier
from schemas.scored import LABELS

_MAX_LENGTH = 256

_SYNONYMS = {
    "negative": ("negative", "neg", "bearish"),
    "neutral": ("neutral", "neu"),
    "positive": ("positive", "pos", "bullish"),
}


class ExternalClassifier(Scorer):
    """The classifier, its classes put in the order of the sentiments."""

    def __init__(self, model: PreTrainedModel, order: list[int]) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self.order = order

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[HeadName, Tensor]:
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return {"sentiment": logits[:, self.order].float()}

    @classmethod
    def load(cls, folder: Path) -> "ExternalClassifier":
        """The classifier in `folder`.

        Raises:
            BundleError: there is none, or its classes are not the three sentiments.
        """
        model = load_classifier(folder)
        return cls(model, _order(folder, list((model.config.id2label or {}).values())))

    def manifest(self, folder: Path) -> Manifest:
        """The manifest that the classifier of `folder` would have as a bundle."""
        positions = getattr(self.config, "max_position_embeddings", _MAX_LENGTH + 2)
        return Manifest(
            name=folder.resolve().name,
            version=manifests.short_version(
                manifests.digest(file) for file in sorted(folder.glob("*.safetensors"))
            ),
            base_model=str(folder),
            # RoBERTa's positions begin after its padding id.
            max_length=min(_MAX_LENGTH, positions - 2),
            heads={"sentiment": Head(kind="single", labels=list(LABELS))},
            files={},
        )


def _order(folder: Path, names: list[str]) -> list[int]:
    found = {
        label: position
        for position, name in enumerate(names)
        for label in LABELS
        if name.strip().lower() in _SYNONYMS[label]
    }
    if len(names) != len(LABELS) or set(found) != set(LABELS):
        raise BundleError(
            f"{folder / 'config.json'}: the labels must be negative, neutral and positive"
            f" (or bearish and bullish), not {', '.join(names)}"
        )
    return [found[label] for label in LABELS]
