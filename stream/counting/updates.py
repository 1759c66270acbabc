"""What a scored document adds to each of the window keys that it counts for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from bundle.text import fingerprint
from schemas.alert import Evidence
from schemas.codec import encode
from schemas.scored import ScoredDocument
from schemas.times import to_millis
from schemas.window import Kind
from stream.progress.source_clock import SourceClock
from stream.windows.buckets import Bucket
from stream.windows.cells import Cell, EvidenceRow, Spread, merged

# Entities, and topics, of a document that have windows: the first ones. Of a list of a hundred
# companies each would cost what the one of another document does.
MAX_MENTIONS = 16

# A notice that was told of so many other companies is told of every one: it is no news of this one.
ROUTINE = 3

# The subject of the key that takes what is beyond a cap. Its totals and those of the other keys of
# its kind are together those of all documents.
_OTHER = "~other"

_MAX_EVIDENCE_CHARACTERS = 280


class Update(Struct, frozen=True):
    """One document as a window key counts it.

    `partition` and `offset` are those of its scored record. `sentiment` is positive minus negative,
    in hundredths. `distinct_text` is what counts once among the negative.
    """

    partition: int
    offset: int
    second: int
    negative: int
    positive: int
    sentiment: int
    distinct_text: str | None = None
    evidence: EvidenceRow | None = None

    @property
    def cell(self) -> Cell:
        """What it adds to its second."""
        return Cell(
            Bucket(1, self.negative, self.positive, self.sentiment),
            [] if self.distinct_text is None else [self.distinct_text],
            [] if self.evidence is None else [self.evidence],
            [Spread(shown.seen, shown.story)] if (shown := self.evidence) and shown.seen else [],
        )


class SecondUpdate(Struct, frozen=True, array_like=True):
    """Documents of one second and one scored partition as a window key counts them, at once.

    `first` and `last` are offsets of scored records. `apply.lua` names the fields in this order.
    """

    partition: int
    first: int
    last: int
    second: int
    cell: Cell


def place_of(document: ScoredDocument, clock: SourceClock) -> int | None:
    """When `document` counts, in milliseconds from the epoch; None when it is stale.

    It moves the `clock` of its source partition.
    """
    time = clock.place(to_millis(document.event_time), to_millis(document.published_at))
    return None if document.stale else time


def keys_of(document: ScoredDocument, kinds: Collection[Kind]) -> list[str]:
    """The window keys, of `kinds`, that a document counts for.

    Entities that only the model tagged are in the record but have no windows: their spellings
    have no end, and a window each would be kept for every one.
    """
    keys = list[str]()
    if "entity" in kinds:
        named = dict.fromkeys([one.id for one in document.entities if one.origin != "model"])
        keys += [f"entity:{name}" for name in islice(named, MAX_MENTIONS)]
    if "topic" in kinds:
        keys += [f"topic:{topic.id}" for topic in document.topics[:MAX_MENTIONS]]
    if "source" in kinds:
        keys.append(f"source:{document.source}")
    if "all" in kinds:
        keys.append("all:all")
    return keys


def made_by_sender(document: ScoredDocument) -> set[str]:
    """The window keys that only the sender of a document knows: their number has no end."""
    given = {entity.id for entity in document.entities if entity.origin == "given"}
    return {f"source:{document.source}", *(f"entity:{name}" for name in given)}


def updates_of(
    document: ScoredDocument,
    keys: Iterable[str],
    place: tuple[int, int],
    second: int,
    *,
    is_heard: bool,
) -> Iterator[tuple[str, Update]]:
    """What a document that counts at `second` adds to each of its window `keys`.

    `place` is the scored partition and the offset of its record. is_heard: whether its source
    weighs enough for it to be a text among the negative.
    """
    partition, offset = place
    sentiment = document.sentiment
    negative, positive = sentiment.label == "negative", sentiment.label == "positive"
    update = Update(
        partition=partition,
        offset=offset,
        second=second,
        negative=int(negative),
        positive=int(positive),
        sentiment=round(100 * (sentiment.positive - sentiment.negative)),
    )
    texts = _distinct_texts(document) if negative and is_heard else None
    if texts is None:
        return ((key, update) for key in keys)
    seen, story = document.novelty.seen, _story(document)
    shown = EvidenceRow(sentiment.negative, story, seen, _evidence(document))
    by_story, by_company = (replace(update, distinct_text=one, evidence=shown) for one in texts)
    return ((key, by_story if key.startswith("entity:") else by_company) for key in keys)


def by_second(updates: Iterable[Update]) -> list[SecondUpdate]:
    """What documents of one window key add, those of a second and a scored partition together."""
    seconds: defaultdict[tuple[int, int], list[Update]] = defaultdict(list)
    for one in updates:
        seconds[one.partition, one.second].append(one)
    return [
        SecondUpdate(
            partition=partition,
            first=min(one.offset for one in some),
            last=max(one.offset for one in some),
            second=second,
            cell=merged(one.cell for one in some) if len(some) > 1 else some[0].cell,
        )
        for (partition, second), some in seconds.items()
    ]


def each_alone(updates: Iterable[Update]) -> list[SecondUpdate]:
    """The same, of each document its own."""
    return [
        SecondUpdate(one.partition, one.offset, one.offset, one.second, one.cell) for one in updates
    ]


def moved_to_other(
    updates: Mapping[str, Sequence[Update]], refused: Iterable[str]
) -> dict[str, Sequence[Update]]:
    """The same updates, those of `refused` keys under that of the others of their kind.

    A document that has several of them counts there once.
    """
    moved = dict(updates)
    for key in refused:
        other = f"{key.partition(':')[0]}:{_OTHER}"
        both = [*moved.get(other, ()), *moved.pop(key)]
        moved[other] = list({(one.partition, one.offset): one for one in both}.values())
    return moved


def _distinct_texts(document: ScoredDocument) -> tuple[str, str] | None:
    """What counts once among the negative of an entity, and of all else; None of what is no news.

    A topic or a market turns negative when many companies do, not when one company does loudly.
    """
    mould = document.mould
    if mould:
        return None if mould.seen >= ROUTINE else (mould.id, mould.id)
    story = _story(document)
    return story, _company(document) or story


def _story(document: ScoredDocument) -> str:
    # Records of older versions say of no story.
    return document.story or f"{fingerprint(document.text):016x}"


def _company(document: ScoredDocument) -> str | None:
    watched = (entity.id for entity in document.entities if entity.origin != "model")
    return next(watched, None)


def _evidence(document: ScoredDocument) -> str:
    return encode(
        Evidence(
            id=document.id,
            text=(document.title or document.text)[:_MAX_EVIDENCE_CHARACTERS],
            negative=document.sentiment.negative,
            published_at=document.published_at,
            source=document.source,
            arrived_at=document.event_time,
            url=document.url,
        )
    ).decode()
