"""Examples as the network reads them: tokenised once, labels as numbers."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from bundle.entities import Mention, tag_ids
from bundle.manifest import Head, HeadName
from bundle.tokens import TextTokenizer, Tokens
from trainer.data.examples import Example, Value

# Id of the class; 0 or 1 for each label; or a tag id for each token, -1 for a special one.
Target = int | list[float] | list[int]

NO_TAG = -1

# Texts of like length are sought among this many batches: enough to pad little, few enough to mix.
_POOLED_BATCHES = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A tokenised text and its target for each head that it has a label for."""

    tokens: Tokens
    targets: dict[HeadName, Target]


def prepare(
    examples: Sequence[Example], heads: dict[HeadName, Head], tokenizer: TextTokenizer
) -> list[Item]:
    """The items of `examples`, whose labels must be among those of `heads`."""
    texts = tokenizer([example.text for example in examples])
    return [
        Item(tokens, {name: _target(heads[name], value, tokens) for name, value in labels.items()})
        for tokens, labels in zip(texts, (example.labels for example in examples), strict=True)
    ]


def is_cut(item: Item, max_length: int) -> bool:
    """Whether the encoder, which reads `max_length` tokens, does not see the end of the text."""
    seen = max(end for _, end in item.tokens.offsets)
    return len(item.tokens) >= max_length and seen < len(item.tokens.cleaned.text)


def shuffled_batches(items: Sequence[Item], size: int, rng: random.Random) -> Iterator[list[Item]]:
    """All `items` in random batches of at most `size`, texts of like length together."""
    order = list(items)
    rng.shuffle(order)
    batches: list[list[Item]] = []
    for start in range(0, len(order), size * _POOLED_BATCHES):
        pool = sorted(order[start : start + size * _POOLED_BATCHES], key=lambda i: len(i.tokens))
        batches += [pool[first : first + size] for first in range(0, len(pool), size)]
    rng.shuffle(batches)
    return iter(batches)


def _target(head: Head, value: Value, tokens: Tokens) -> Target:
    if head.kind == "single":
        return head.labels.index(cast(str, value))
    if head.kind == "multi":
        names = (value,) if isinstance(value, str) else value
        return [float(label in names) for label in head.labels]
    return _tags(cast(tuple[Mention, ...], value), tokens)


def _tags(mentions: tuple[Mention, ...], tokens: Tokens) -> list[int]:
    """Tags by where each token stood in the text as it was labelled, before it was cleaned."""
    cleaned = tokens.cleaned
    placed = [
        cleaned.original(start, end) if start < end else (0, 0) for start, end in tokens.offsets
    ]
    tags = tag_ids(mentions, placed)
    return [tag if start < end else NO_TAG for tag, (start, end) in zip(tags, placed, strict=True)]
