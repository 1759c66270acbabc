"""From a prediction to a scored document."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from bundle.classifier import Prediction
from bundle.entities import EntitySpan, EntityType
from schemas.scored import (
    LABELS,
    Entity,
    Model,
    Novelty,
    ScoredDocument,
    Sentiment,
    TopicScore,
)
from stream.scoring.intake import Received

_DIGITS = 6


class Scores(Struct, frozen=True, array_like=True):
    """A prediction that copies of its text can take over: entities by their words, not by place."""

    sentiment: tuple[float, float, float]
    topics: list[tuple[str, float]]
    entities: list[tuple[str, EntityType, float]]
    # None: remembered by a worker from before models were switched, which did not say.
    model: Model | None = None


def remember(prediction: Prediction, content: str, model: Model) -> Scores:
    """What copies of `content` need of the prediction that `model` made for it."""
    entities = [(content[s.start : s.end], s.type, s.probability) for s in prediction.entities]
    return Scores(prediction.sentiment, prediction.topics, entities, model)


def recall(scores: Scores, content: str) -> Prediction:
    """The prediction for a copy, its entities where they stand in `content`."""
    spans = [
        EntitySpan(start, start + len(surface), kind, probability)
        for surface, kind, probability in scores.entities
        if (start := content.find(surface)) >= 0
    ]
    return Prediction(scores.sentiment, scores.topics, spans)


def sentiment(probabilities: tuple[float, float, float]) -> Sentiment:
    """Probabilities of negative, neutral, positive as a record holds them.

    Rounded so that they still sum to 1: the largest takes up what rounding leaves.
    """
    rounded = [round(value, _DIGITS) for value in probabilities]
    largest = max(range(len(LABELS)), key=lambda at: probabilities[at])
    rounded[largest] = round(1 - sum(rounded) + rounded[largest], _DIGITS)
    return Sentiment(LABELS[largest], *rounded)


def scored(
    received: Received,
    prediction: Prediction,
    *,
    watched: list[Entity],
    novelty: Novelty,
    model: Model,
    now: datetime,
) -> ScoredDocument:
    """The record for a document; `watched` are its entities that no model had to find."""
    document = received.document
    return ScoredDocument(
        id=received.id,
        text=document.text,
        sentiment=sentiment(prediction.sentiment),
        topics=[TopicScore(name, round(p, _DIGITS)) for name, p in prediction.topics],
        entities=watched + list(tagged(received, prediction.entities, watched)),
        novelty=novelty,
        model=model,
        origin=received.origin,
        published_at=received.published_at,
        received_at=received.received_at,
        scored_at=now,
        source=received.source,
        title=document.title,
        lang=document.lang,
        url=document.url,
        author=document.author,
    )


def tagged(
    received: Received, spans: Iterable[EntitySpan], watched: list[Entity]
) -> Iterable[Entity]:
    """The entities the model found, without those that the watch list found in the same place."""
    content = received.content
    offset = len(received.document.title) + 1 if received.document.title else 0
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
        if not any(_overlap(entity, other) for other in watched):
            yield entity


def _overlap(one: Entity, other: Entity) -> bool:
    if one.field != other.field or other.start is None or other.end is None:
        return False
    return (one.start or 0) < other.end and other.start < (one.end or 0)
