"""A record on its way to its scores: queued, matched, tokenised, classified, rejected, or none.

Each stage is a value of its own, which holds the stage before it; nothing is filled in later.
"""

from collections.abc import Callable
from typing import NamedTuple

from bundle.classifier import Prediction
from bundle.tokens import Tokens
from schemas.scored import Entity, Novelty
from schemas.times import to_millis
from stream.records import RawRecord
from stream.scoring.duplicates import Copy, DuplicateQuery, First, Sketch
from stream.scoring.moulds import MouldSketch
from stream.scoring.parsing import ParsedDocument


class QueuedRecord(NamedTuple):
    """A record as it came, and what to call of it.

    `acknowledge` when all that comes of it is in Kafka, `release` when it is let go unread, because
    partitions moved after the pipeline took it in: they had moved `generation` times by then.
    """

    record: RawRecord
    acknowledge: Callable[[], object]
    release: Callable[[], object]
    generation: int


class Heartbeat(NamedTuple):
    """A record that only moves the watermark, in milliseconds, of its source partition."""

    watermark: int


class Rejected(NamedTuple):
    """A record that is to be a dead letter: the stage at which it failed, and why."""

    stage: str
    error: Exception


class Deleted(NamedTuple):
    """A record that holds no document: the one of that id, if it names one, is to be deleted."""

    id: str | None


class MatchedDocument(NamedTuple):
    """A valid document, the entities that no model had to find, its sketch and its mould, if any.

    There is an entity for each mention. `watchlist` is the version of the list that was read, if
    there is one.
    """

    parsed: ParsedDocument
    entities: list[Entity]
    sketch: Sketch
    watchlist: str | None = None
    mould: MouldSketch | None = None

    @property
    def id(self) -> str:
        return self.parsed.id

    @property
    def source_partition(self) -> str:
        return f"{self.parsed.origin.topic}/{self.parsed.origin.partition}"

    def duplicate_query(self) -> DuplicateQuery:
        """What the search for near-duplicates needs."""
        return DuplicateQuery(
            id=self.id,
            sketch=self.sketch,
            source=self.source_partition,
            offset=self.parsed.origin.offset,
            at=to_millis(self.parsed.arrived_at),
            mould=self.mould,
        )


class TokenisedDocument(NamedTuple):
    """A document that the model has to read. `found` says whose near-duplicate it is, if any."""

    matched: MatchedDocument
    found: Copy | First
    tokens: Tokens


class ClassifiedDocument(NamedTuple):
    """A document with its prediction: the model's, or that of the document it is a copy of."""

    matched: MatchedDocument
    found: Copy | First
    prediction: Prediction

    @property
    def novelty(self) -> Novelty:
        if isinstance(self.found, First):
            return Novelty()
        return Novelty(self.found.seen, self.found.first)

    @property
    def story(self) -> str:
        """What stands for the story it belongs to: that of its first, if it is a copy."""
        found = self.found
        return (found.story if isinstance(found, Copy) else self.matched.sketch.story).hex()

    @property
    def notes(self) -> list[str]:
        same_id = self.found.same_id
        told = [f"id: another document has it too: {same_id}"] if same_id else []
        return [*self.matched.parsed.notes, *told]


# What a record is before the model has worked on its batch, and what it is after.
Prepared = Heartbeat | Deleted | Rejected | TokenisedDocument | ClassifiedDocument
Outcome = Heartbeat | Deleted | Rejected | ClassifiedDocument
