"""The entities of a scored record: those that were found, one of each, and no more than fit."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from msgspec.structs import replace

from bundle.entities import EntitySpan
from schemas.document import MAX_WORD
from schemas.scored import Entity, Place
from stream.scoring.parsing import ParsedDocument

# Enough to show who is meant. A text may name one company ten thousand times, and Kafka would
# refuse the record that lists them all.
MAX_PLACES = 8

# More than any article lists, and a quarter of what Kafka takes in a record.
MAX_RECORD_ENTITIES = 256


def merged(found: Iterable[Entity]) -> list[Entity]:
    """One entity of each id and origin in `found`, in order, with the first places of all."""
    firsts: dict[tuple[str, str], Entity] = {}
    mentions: Counter[tuple[str, str]] = Counter()
    places: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
    for one in found:
        who = one.id, one.origin
        firsts.setdefault(who, one)
        mentions[who] += one.mentions
        places[who] += one.places[: MAX_PLACES - len(places[who])]
    return [replace(one, mentions=mentions[who], places=places[who]) for who, one in firsts.items()]


def first_entities(entities: Sequence[Entity]) -> tuple[list[Entity], list[str]]:
    """Those of `entities` that a record holds, the first ones, and a note if there are more."""
    kept = list(entities[:MAX_RECORD_ENTITIES])
    if len(kept) == len(entities):
        return kept, []
    return kept, [f"entities: the first {len(kept)} of {len(entities):,} kept"]


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
