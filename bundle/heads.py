"""What heads a bundle can have: each is declared here, in one entry of `HEADS`. No torch."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.scored import LABELS

HeadKindName = Literal["single", "multi", "tags"]

# A key of `HEADS`.
HeadName = str

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One head: its kind, its labels in the order of their ids, and its calibration.

    Logits are divided by `temperature` before the softmax (single, tags) or sigmoid (multi). A
    topic of at least `threshold` is reported; a single-label head reports its likeliest always.
    """

    kind: HeadKindName
    labels: Annotated[list[str], Meta(min_length=2)]
    temperature: Annotated[float, Meta(gt=0.0)] = 1.0
    threshold: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadDeclaration:
    """What the head of a name can be, in a bundle and in labelled files.

    Attributes:
        kinds: the kinds it can have; where there are two, the labels in the files decide.
        labels: the labels it must have, in this order, as readers rely on them; None for any.
        columns: the names that its column in a labelled file has by default.
    """

    kinds: tuple[HeadKindName, ...]
    labels: tuple[str, ...] | None = None
    columns: tuple[str, ...]

    @property
    def sees_tokens(self) -> bool:
        """Whether it labels each token, instead of the text as a whole."""
        return "tags" in self.kinds

    @property
    def takes_lists(self) -> bool:
        """Whether a text can have several of its labels."""
        return "multi" in self.kinds


HEADS: dict[HeadName, HeadDeclaration] = {
    "sentiment": HeadDeclaration(kinds=("single",), labels=LABELS, columns=("sentiment",)),
    "topic": HeadDeclaration(kinds=("single", "multi"), columns=("topic", "topics")),
    "entity": HeadDeclaration(kinds=("tags",), labels=TAGS, columns=("entity", "entities")),
}
