"""The record of a document that a model has classified."""

from collections.abc import Iterable
from datetime import datetime

from bundle.entities import EntitySpan
from schemas.scored import (
    LABELS,
    Entity,
    Model,
    ScoredDocument,
    Sentiment,
    TopicScore,
)
from stream.scoring.parsing import ParsedDocument
from stream.scoring.stages import ClassifiedDocument

_DIGITS = 6


def sentiment(probabilities: tuple[float, float, float]) -> Sentiment:
    """Probabilities of negative, neutral, positive as a record holds them.

    Rounded so that they still sum to 1: the largest takes up what rounding leaves.
    """
    rounded = [round(value, _DIGITS) for value in probabilities]
    largest = max(range(len(LABELS)), key=lambda at: probabilities[at])
    rounded[largest] = round(1 - sum(rounded) + rounded[largest], _DIGITS)
    return Sentiment(LABELS[largest], *rounded)


def scored_record(classified: ClassifiedDocument, model: Model, now: datetime) -> ScoredDocument:
    """The record of a document that `model` classified."""
    entities, parsed = classified.matched.entities, classified.matched.parsed
    document, prediction = parsed.document, classified.prediction
    return ScoredDocument(
        id=parsed.id,
        text=document.text,
        sentiment=sentiment(prediction.sentiment),
        topics=[TopicScore(name, round(p, _DIGITS)) for name, p in prediction.topics],
        entities=entities + list(model_entities(parsed, prediction.entities, entities)),
        novelty=classified.novelty,
        model=model,
        origin=parsed.origin,
        published_at=parsed.published_at,
        arrived_at=parsed.arrived_at,
        stale=parsed.stale,
        received_at=parsed.received_at,
        scored_at=now,
        source=parsed.source,
        title=document.title,
        lang=document.lang,
        url=document.url,
        author=document.author,
        notes=list(parsed.notes),
    )


def model_entities(
    parsed: ParsedDocument, spans: Iterable[EntitySpan], known: list[Entity]
) -> Iterable[Entity]:
    """The entities the model found, without those in the place of a `known` one."""
    content = parsed.content
    offset = len(parsed.document.title) + 1 if parsed.document.title else 0
    for span in spans:
        in_title = span.start < offset
        start, end = (
            (span.start, span.end) if in_title else (span.start - offset, span.end - offset)
        )
        entity = Entity(
            id=f"{span.type.lower()}:{content[span.start : span.end].casefold()}",
            name=content[span.start : span.end],
            type=span.type,
            origin="model",
            field="title" if in_title else "text",
            start=start,
            end=end,
        )
        if not any(_overlaps(entity, other) for other in known):
            yield entity


def _overlaps(one: Entity, other: Entity) -> bool:
    if one.field != other.field or other.start is None or other.end is None:
        return False
    return (one.start or 0) < other.end and other.start < (one.end or 0)
