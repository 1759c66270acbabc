"""A document on its way to its scores, and the record it came in."""

from collections.abc import Callable

from bundle.classifier import Prediction
from bundle.tokens import Tokens
from schemas.scored import Entity, Novelty
from schemas.times import to_millis
from stream import heartbeat
from stream.records import RawRecord
from stream.scoring.duplicates import Copy, DuplicateQuery, sketch
from stream.scoring.parsing import ParsedDocument
from stream.scoring.scored_record import Scores, recall


class Reading:
    """A valid document on its way to its scores."""

    def __init__(self, received: ParsedDocument, watched: list[Entity]) -> None:
        self.received = received
        self.watched = watched
        self.sketch = sketch(received.content)
        self.copy: Copy | None = None
        self.tokens: Tokens | None = None
        self.prediction: Prediction | None = None

    @property
    def id(self) -> str:
        return self.received.id

    @property
    def novelty(self) -> Novelty:
        return Novelty(self.copy.seen, self.copy.first) if self.copy else Novelty()

    def take(self, scores: Scores) -> None:
        """Take over the scores of the first."""
        self.prediction = recall(scores, self.received.content)

    def duplicate_query(self) -> DuplicateQuery:
        """What the search for near-duplicates needs."""
        origin = self.received.origin
        return DuplicateQuery(
            id=self.id,
            sketch=self.sketch,
            source=f"{origin.topic}/{origin.partition}",
            offset=origin.offset,
            at=to_millis(self.received.published_at),
        )


class Item:
    """One record and how to acknowledge it: a heartbeat, a document, or a dead letter."""

    def __init__(self, record: RawRecord, acknowledge: Callable[[], object]) -> None:
        self.record = record
        self.acknowledge = acknowledge
        self.watermark = heartbeat.watermark(record.value, record.headers)
        self.reading: Reading | None = None
        self.failure: tuple[str, Exception] | None = None
