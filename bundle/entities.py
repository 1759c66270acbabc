"""Entity spans from and to BIO tags. No torch."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, cast

from msgspec import Struct

from bundle.heads import TAGS

EntityType = Literal["PER", "LOC", "ORG"]

# (start, end) in code points, end exclusive.
Range = tuple[int, int]

_IDS = {tag: position for position, tag in enumerate(TAGS)}


class Mention(NamedTuple):
    """An entity in a text: code points `start` to `end` (exclusive), and PER, LOC or ORG."""

    start: int
    end: int
    type: EntityType


class EntitySpan(Struct, frozen=True):
    """An entity that a model found: code points `start` to `end` (exclusive) of the text given."""

    start: int
    end: int
    type: EntityType
    probability: float


def tag_ids(mentions: Sequence[Mention], offsets: Sequence[Range]) -> list[int]:
    """The tag of each token, `O` for one outside all `mentions`, which must be in order."""
    tags = [0] * len(offsets)
    for mention in mentions:
        inside = [
            position
            for position, (start, end) in enumerate(offsets)
            if start < mention.end and end > mention.start and end > start
        ]
        for position in inside:
            tags[position] = _IDS[f"I-{mention.type}"]
        if inside:
            tags[inside[0]] = _IDS[f"B-{mention.type}"]
    return tags


def mentions(
    text: str, offsets: Sequence[Range], tags: Sequence[int]
) -> Iterator[tuple[Mention, int, int]]:
    """Each entity that the tags of the tokens of `text` spell, with its first and last + 1 token.

    A special token, which stands nowhere in the text, is in no entity. Entities do not overlap.
    """
    placed = [tag if start < end else 0 for tag, (start, end) in zip(tags, offsets, strict=True)]
    free = 0
    for kind, first, last in tagged_runs(placed):
        start, end = snapped(text, offsets[first][0], offsets[last - 1][1])
        if free <= start < end:
            yield Mention(start, end, kind), first, last
            free = end


def tagged_runs(tags: Sequence[int]) -> Iterator[tuple[EntityType, int, int]]:
    """Runs of one entity as (type, first token, last token + 1).

    A run that begins with `I-`, or turns to another type, begins an entity: a tagger slips so.
    """
    start, kind = 0, ""
    for position, name in enumerate([*(TAGS[tag] for tag in tags), "O"]):
        prefix, _, found = name.partition("-")
        if kind and (prefix == "B" or found != kind):
            yield cast(EntityType, kind), start, position
            kind = ""
        if found and not kind:
            start, kind = position, found


def snapped(text: str, start: int, end: int) -> Range:
    """`start` to `end` without white space at its ends, widened to whole words of alphabets."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while 0 < start < end and _is_one_word(text[start - 1 : start + 1]):
        start -= 1
    while start < end < len(text) and _is_one_word(text[end - 1 : end + 1]):
        end += 1
    return start, end


def is_spaced(character: str) -> bool:
    """Whether `character` is of a script that puts spaces between words."""
    # From U+2E80 on stand the scripts of China and Japan.
    return character < "\u2e80"


def _is_one_word(pair: str) -> bool:
    return pair.isalnum() and all(map(is_spaced, pair))
