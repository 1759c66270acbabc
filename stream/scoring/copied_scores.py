"""The scores of a text as its copies take them over that read alike to the letter."""

from msgspec import Struct

from bundle.classifier import Prediction
from bundle.entities import EntitySpan, EntityType
from schemas.scored import Model


class CopiedScores(Struct, frozen=True, array_like=True):
    """A prediction without places: entities by their words, which stand elsewhere in a copy."""

    sentiment: tuple[float, float, float]
    topics: list[tuple[str, float]]
    entities: list[tuple[str, EntityType, float]]
    # None: stored by a worker of before, which did not say.
    model: Model | None = None
    digest: bytes | None = None


def from_prediction(
    prediction: Prediction, content: str, model: Model, digest: bytes
) -> CopiedScores:
    """What copies of `content`, whose sketch has `digest`, need of the prediction of `model`."""
    entities = [(content[s.start : s.end], s.type, s.probability) for s in prediction.entities]
    return CopiedScores(prediction.sentiment, prediction.topics, entities, model, digest)


def to_prediction(scores: CopiedScores, content: str) -> Prediction:
    """The prediction for a copy, its entities where they stand in `content`."""
    spans = [
        EntitySpan(start, start + len(surface), kind, probability)
        for surface, kind, probability in scores.entities
        if (start := content.find(surface)) >= 0
    ]
    return Prediction(scores.sentiment, scores.topics, spans)
