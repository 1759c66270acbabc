"""How a head of each kind is read: probabilities out of logits, and what a prediction reports.

Works on tensors and tokens without importing torch or tokenizers.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, get_args

from bundle.entities import EntitySpan, EntityType, mentions
from bundle.heads import TAGS, Head, HeadKindName

if TYPE_CHECKING:
    from torch import Tensor

    from bundle.tokens import Tokens

_TAGS_OF: dict[EntityType, list[int]] = {
    kind: [TAGS.index(f"B-{kind}"), TAGS.index(f"I-{kind}")] for kind in get_args(EntityType)
}


class HeadKind(ABC):
    """One kind of head.

    Attributes:
        threshold: what a head of the kind has before it is calibrated.
        min_classes: how many classes its examples must have for it to learn something.
        is_exclusive: whether a text has just one of its labels.
    """

    threshold: ClassVar[float] = 0.5
    min_classes: ClassVar[int] = 2
    is_exclusive: ClassVar[bool] = False

    @abstractmethod
    def probabilities(self, head: Head, logits: "Tensor") -> "Tensor":
        """Calibrated probabilities over the last axis of `logits`."""

    def classes(self, head: Head) -> Sequence[str]:
        """What an example can be labelled with."""
        return head.labels

    def reported(self, head: Head, scores: "Tensor") -> list[tuple[str, float]]:
        """The labels that are reported for the probabilities of one text, the likeliest first."""
        return []

    def spans(self, tokens: "Tokens", scores: "Tensor") -> list[EntitySpan]:
        """The entities that the probabilities of the tokens, (length, tags), spell."""
        return []


class Single(HeadKind):
    """A text has one label: the likeliest is reported always, others from the threshold on."""

    # The second topic of a single-label text is worth a mention from this probability on.
    threshold = 0.25
    is_exclusive = True

    def probabilities(self, head: Head, logits: "Tensor") -> "Tensor":
        return (logits / head.temperature).softmax(-1)

    def reported(self, head: Head, scores: "Tensor") -> list[tuple[str, float]]:
        first, *others = _ranked(head, scores)
        return [first, *(pair for pair in others if pair[1] >= head.threshold)]


class Multi(HeadKind):
    """A text has any number of labels, each with a probability of its own."""

    def probabilities(self, head: Head, logits: "Tensor") -> "Tensor":
        return (logits / head.temperature).sigmoid()

    def reported(self, head: Head, scores: "Tensor") -> list[tuple[str, float]]:
        return [pair for pair in _ranked(head, scores) if pair[1] >= head.threshold]


class Tags(HeadKind):
    """Each token has a BIO tag."""

    # Text outside all entities is a class of its own.
    min_classes = 1

    def probabilities(self, head: Head, logits: "Tensor") -> "Tensor":
        return (logits / head.temperature).softmax(-1)

    def classes(self, head: Head) -> Sequence[str]:
        return get_args(EntityType)

    def spans(self, tokens: "Tokens", scores: "Tensor") -> list[EntitySpan]:
        # Beyond the tokens there is padding.
        scores = scores[: len(tokens)]
        reading = tokens.reading
        found = mentions(reading.text, tokens.offsets, scores.argmax(-1).tolist())
        return [
            EntitySpan(
                *reading.original(mention.start, mention.end),
                mention.type,
                float(scores[first:last, _TAGS_OF[mention.type]].sum(-1).mean()),
            )
            for mention, first, last in found
        ]


_KINDS: dict[HeadKindName, HeadKind] = {"single": Single(), "multi": Multi(), "tags": Tags()}


def kind_of(head: Head) -> HeadKind:
    """How `head` is read."""
    return _KINDS[head.kind]


def _ranked(head: Head, scores: "Tensor") -> list[tuple[str, float]]:
    return sorted(zip(head.labels, scores.tolist(), strict=True), key=lambda pair: -pair[1])
