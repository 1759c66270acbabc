"""The entities of a scored record: one of each that was found, and no more than fit."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from schemas.scored import Entity, Place

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
