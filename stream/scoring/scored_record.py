"""The record of a document that a model has classified."""

from datetime import datetime

from schemas.scored import LABELS, Model, ScoredDocument, Sentiment, TopicScore
from stream.scoring.entities import first_entities, merged, model_entities
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
    known, parsed = classified.matched.entities, classified.matched.parsed
    document, prediction = parsed.document, classified.prediction
    found = merged([*known, *model_entities(parsed, prediction.entities, known)])
    entities, notes = first_entities(found)
    return ScoredDocument(
        id=parsed.id,
        text=document.text,
        sentiment=sentiment(prediction.sentiment),
        topics=[TopicScore(name, round(p, _DIGITS)) for name, p in prediction.topics],
        entities=entities,
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
        notes=[*parsed.notes, *notes],
    )
