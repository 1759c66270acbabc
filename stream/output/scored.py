"""The Kafka record of a scored document, and what is left out of one that is too large.

What windows count goes last: first the entities that only the model found, then the places of
entities, the end of the text, the fields that nobody counts, and the last entities.
"""

from bisect import bisect_left
from collections.abc import Callable

from msgspec.structs import replace

from schemas.codec import encode
from schemas.scored import ScoredDocument
from stream.records import Outgoing

_WHY = "to fit in Kafka"
_UNCOUNTED = ("title", "lang", "url", "author")


def scored_outgoing(
    document: ScoredDocument,
    topic: str,
    partition: int,
    instead: Callable[[Exception], Outgoing],
) -> Outgoing:
    """The record of `document`; `instead` makes the one to send when Kafka refuses even a cut."""
    key = document.id.encode()
    empty = Outgoing(topic, key, b"", partition)

    def cut(limit: int) -> Outgoing:
        smaller = cut_document(document, limit - empty.size)
        return replace(empty, value=encode(smaller), instead=instead)

    return replace(empty, value=encode(document), cut=cut, instead=instead)


def cut_document(document: ScoredDocument, room: int) -> ScoredDocument:
    """`document` with as much left out, in order, as it takes to fit in `room` bytes of JSON.

    `notes` say what. Its id, scores, origin and times stay, however little room there is.
    """
    for cut in (_without_model_entities, _without_places, _cut_text, _without_rest, _cut_entities):
        if _fits(document, room):
            break
        document = cut(document, room)
    return document


def _without_model_entities(document: ScoredDocument, _: int) -> ScoredDocument:
    kept = [one for one in document.entities if one.origin != "model"]
    left_out = len(document.entities) - len(kept)
    if not left_out:
        return document
    return _noted(
        replace(document, entities=kept), f"entities: {left_out} of the model left out {_WHY}"
    )


def _without_places(document: ScoredDocument, _: int) -> ScoredDocument:
    if not any(one.places for one in document.entities):
        return document
    kept = [replace(one, places=[]) for one in document.entities]
    return _noted(replace(document, entities=kept), f"entities: places left out {_WHY}")


def _cut_text(document: ScoredDocument, room: int) -> ScoredDocument:
    whole = len(document.text)

    def first(kept: int) -> ScoredDocument:
        note = f"text: cut to {kept:,} of {whole:,} characters {_WHY}"
        return _noted(replace(document, text=document.text[:kept]), note)

    return first(_largest(whole, lambda kept: _fits(first(kept), room)))


def _without_rest(document: ScoredDocument, _: int) -> ScoredDocument:
    left_out = ", ".join(name for name in _UNCOUNTED if getattr(document, name))
    # Notes before the last, which is on the text, are about what is no longer there.
    notes = [*document.notes[-1:], *([f"{left_out}: left out {_WHY}"] if left_out else [])]
    return replace(document, **dict.fromkeys(_UNCOUNTED), notes=notes)


def _cut_entities(document: ScoredDocument, room: int) -> ScoredDocument:
    whole = len(document.entities)

    def first(kept: int) -> ScoredDocument:
        note = f"entities: the first {kept} of {whole} kept {_WHY}"
        return _noted(replace(document, entities=document.entities[:kept]), note)

    return first(_largest(whole, lambda kept: _fits(first(kept), room)))


def _noted(document: ScoredDocument, note: str) -> ScoredDocument:
    return replace(document, notes=[*document.notes, note])


def _fits(document: ScoredDocument, room: int) -> bool:
    return len(encode(document)) <= room


def _largest(whole: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `whole` that `fits`, as all below it do; 0 when none does."""
    return max(0, bisect_left(range(whole + 1), 1, key=lambda number: not fits(number)) - 1)
