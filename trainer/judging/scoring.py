"""What a network says of items, set beside what they are labelled with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor
from tqdm import tqdm

from bundle.batching import pack
from bundle.manifest import HeadName
from bundle.tokens import Tokens
from trainer.data.items import Item, Target

# Tokens of one forward pass.
_BUDGET = 2048

Score = Callable[[Sequence[Tokens]], Mapping[HeadName, Tensor]]


@dataclass(frozen=True, slots=True)
class Scored:
    """One head: for each example with a label for it, in order, its target and `Score`'s output.

    An entry of `outputs` is (labels,), for tags (tokens, tags). `tokens` are what the model read.
    """

    targets: list[Target]
    outputs: list[Tensor]
    tokens: list[Tokens] = field(default_factory=list)


def score_items(score: Score, items: Sequence[Item], shown: str) -> dict[HeadName, Scored]:
    """`items` through `score`, in batches padded alike, with a progress bar named `shown`."""
    rows: list[Mapping[HeadName, Tensor]] = [{}] * len(items)
    lengths = [len(item.tokens) for item in items]
    with tqdm(total=len(items), desc=shown, unit=" texts", leave=False, disable=None) as bar:
        for positions in pack(lengths, _BUDGET):
            outputs = score([items[position].tokens for position in positions])
            for row, position in enumerate(positions):
                rows[position] = {name: values[row] for name, values in outputs.items()}
            bar.update(len(positions))
    return _collected(items, rows)


def _collected(
    items: Sequence[Item], rows: Sequence[Mapping[HeadName, Tensor]]
) -> dict[HeadName, Scored]:
    found: dict[HeadName, Scored] = {}
    for item, row in zip(items, rows, strict=True):
        for name, target in item.targets.items():
            scored = found.setdefault(name, Scored([], [], []))
            scored.tokens.append(item.tokens)
            scored.targets.append(target)
            scored.outputs.append(row[name][: len(item.tokens)] if name == "entity" else row[name])
    return found
