"""The record of a document that a model has classified."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate

from bundle.entities import EntitySpan
from bundle.text.language import language
from schemas.document import MAX_WORD
from schemas.scored import LABELS, Entity, Model, Place, ScoredDocument, Sentiment, TopicScore
from stream.output.entities import first_entities, merged
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
        watchlist=classified.matched.watchlist,
        origin=parsed.origin,
        published_at=parsed.published_at,
        arrived_at=parsed.arrived_at,
        stale=parsed.stale,
        received_at=parsed.received_at,
        scored_at=now,
        source=parsed.source,
        title=document.title,
        lang=document.lang or language(parsed.reading.text),
        url=document.url,
        author=document.author,
        story=classified.story,
        mould=classified.found.mould,
        notes=[*classified.notes, *notes],
    )


def model_entities(
    parsed: ParsedDocument, spans: Iterable[EntitySpan], known: Iterable[Entity]
) -> Iterable[Entity]:
    """The mentions the model found, without those in the place of a `known` one.

    What is longer than any name is none: a model can take a text without spaces for one.
    """
    content = parsed.content
    offset = len(parsed.document.title) + 1 if parsed.document.title else 0
    taken = _TakenPlaces(known)
    for span in spans:
        if span.end - span.start > MAX_WORD:
            continue
        name = content[span.start : span.end]
        place = (
            Place("title", span.start, span.end)
            if span.start < offset
            else Place("text", span.start - offset, span.end - offset)
        )
        if not taken.overlap(place):
            yield Entity(
                f"{span.type.lower()}:{name.casefold()}", name, span.type, "model", 1, [place]
            )


class _TakenPlaces:
    """The places of some entities, to be asked whether another lies across them."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        places = sorted(
            (place.field, place.start, place.end) for one in entities for place in one.places
        )
        self._starts = [(field, start) for field, start, _ in places]
        # The last end of all that begin no later: one may lie in another.
        self._ends = list(accumulate(((field, end) for field, _, end in places), max))

    def overlap(self, place: Place) -> bool:
        """Whether one of them has a code point in common with `place`."""
        before = bisect_left(self._starts, (place.field, place.end))
        return before > 0 and self._ends[before - 1] > (place.field, place.start)
