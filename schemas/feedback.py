"""The correction: what a reader knows better than the model."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.document import Word
from schemas.scored import Label


class Correction(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The right labels of a scored document; a head that is not given is not corrected.

    The last correction of a document counts, as a whole; a record without a value takes it back.
    """

    id: Word
    sentiment: Label | None = None
    topics: Annotated[list[Word], Meta(max_length=64)] | None = None

    def __post_init__(self) -> None:
        if self.sentiment is None and self.topics is None:
            raise ValueError("A correction needs `sentiment` or `topics`")
