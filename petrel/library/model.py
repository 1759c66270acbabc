"""A model for programs: texts in, labels out. torch is imported when one is loaded."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from bundle.entities import EntitySpan, EntityType
from schemas.scored import LABELS, Label

if TYPE_CHECKING:
    from bundle.classifier import Classifier, Prediction


class Entity(Struct, frozen=True):
    """A name in a text: code points `start` to `end` (exclusive); PER, LOC or ORG."""

    text: str
    type: EntityType
    start: int
    end: int
    probability: float


class Classification(Struct, frozen=True):
    """What a model says of a text.

    Attributes:
        text: the text.
        label: its likeliest sentiment: negative, neutral or positive.
        probabilities: of each sentiment; they sum to 1.
        topics: the topics it is about and how likely each is, likeliest first.
        entities: the names in it, in their order.
    """

    text: str
    label: Label
    probabilities: Mapping[Label, float]
    topics: Mapping[str, float]
    entities: list[Entity]


class Model:
    """A loaded model; any number of threads may use it, one after another."""

    def __init__(self, classifier: "Classifier") -> None:
        self._classifier = classifier
        self._lock = Lock()

    @property
    def name(self) -> str:
        """What the model is called."""
        return self._classifier.name

    @property
    def version(self) -> str:
        """Twelve hex digits that differ when the weights, the tokenizer or the heads do."""
        return self._classifier.version

    def classify(self, texts: Iterable[str]) -> list[Classification]:
        """What the model says of each of `texts`, in their order; they are batched here.

        Raises:
            TypeError: `texts` is a lone string, or one of them is no string.
            ValueError: a text is empty, or cannot be written as UTF-8.
        """
        given = _checked(texts)
        with self._lock:
            predictions = self._classifier(given)
        return [_classification(*pair) for pair in zip(given, predictions, strict=True)]


def load(path: str | Path, *, threads: int | None = None) -> Model:
    """The model in the folder `path`: a bundle, a model directory or a plain Hugging Face one.

    `threads` is the number of CPU threads it computes with; all cores when it is None.

    Raises:
        PetrelError: there is no such folder, or no model in it, or one that is broken.
    """
    from bundle.registry import resolve

    # First, because torch takes seconds.
    resolve(Path(path))

    from bundle.classifier import Classifier

    return Model(Classifier.load(path, threads))


def _checked(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError(f"classify takes a list of texts, not a lone string: classify([{texts!r}])")
    given = list(texts)
    for position, text in enumerate(given):
        if not isinstance(text, str):
            raise TypeError(f"texts[{position}] must be a string, not {text!r}")
        if not text.strip():
            raise ValueError(f"texts[{position}] must have more than white space, not {text!r}")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"texts[{position}] must be UTF-8, it has half a character: {text!r}")
    return given


def _classification(text: str, prediction: "Prediction") -> Classification:
    probabilities: dict[Label, float] = dict(zip(LABELS, prediction.sentiment, strict=True))
    return Classification(
        text=text,
        label=max(LABELS, key=lambda label: probabilities[label]),
        probabilities=probabilities,
        topics=dict(prediction.topics),
        entities=[_entity(text, span) for span in prediction.entities],
    )


def _entity(text: str, span: EntitySpan) -> Entity:
    return Entity(
        text=text[span.start : span.end],
        type=span.type,
        start=span.start,
        end=span.end,
        probability=span.probability,
    )
