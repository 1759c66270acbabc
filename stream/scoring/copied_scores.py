"""The scores of a text as its copies take them over that read alike to the letter."""

from collections.abc import Iterator
from hashlib import blake2b

from msgspec import Struct

from bundle.classifier import Prediction
from bundle.entities import EntitySpan, EntityType, snapped
from schemas.scored import Model

# Probabilities are kept in millionths: as exact as a record holds them, in half the bytes.
_MILLION = 1_000_000


class CopiedScores(Struct, frozen=True, array_like=True):
    """A prediction without places: entities by their words, which stand elsewhere in a copy.

    key: what `key_of` gives for the model and the text. Probabilities are in millionths.
    """

    key: bytes
    sentiment: tuple[int, int, int]
    topics: list[tuple[str, int]]
    entities: list[tuple[str, EntityType, int]]


def key_of(model: Model, digest: bytes) -> bytes:
    """Eight bytes that stand for a model and for the text whose sketch has `digest`."""
    return blake2b(f"{model.name}\n{model.version}\n".encode() + digest, digest_size=8).digest()


def from_prediction(prediction: Prediction, content: str, key: bytes) -> CopiedScores:
    """What copies of `content` need of its prediction."""
    negative, neutral, positive = map(_millionths, prediction.sentiment)
    topics = [(name, _millionths(probability)) for name, probability in prediction.topics]
    entities = [
        (content[span.start : span.end], span.type, _millionths(span.probability))
        for span in prediction.entities
    ]
    return CopiedScores(key, (negative, neutral, positive), topics, entities)


def to_prediction(scores: CopiedScores, content: str) -> Prediction:
    """The prediction for a copy, its entities where they stand in `content`."""
    negative, neutral, positive = (value / _MILLION for value in scores.sentiment)
    topics = [(name, value / _MILLION) for name, value in scores.topics]
    return Prediction((negative, neutral, positive), topics, list(_placed(scores, content)))


def _placed(scores: CopiedScores, content: str) -> Iterator[EntitySpan]:
    """The entities, each behind the one before it; none that stands nowhere as whole words."""
    end = 0
    for surface, kind, value in scores.entities:
        start = content.find(surface, end)
        while start >= 0 and not _is_whole(content, start, start + len(surface)):
            start = content.find(surface, start + 1)
        if start >= 0:
            end = start + len(surface)
            yield EntitySpan(start, end, kind, value / _MILLION)


def _is_whole(content: str, start: int, end: int) -> bool:
    # No more than what is beside it: a word may be as long as a text.
    first = max(0, start - 1)
    place = start - first, end - first
    return snapped(content[first : end + 1], *place) == place


def _millionths(probability: float) -> int:
    return round(probability * _MILLION)
