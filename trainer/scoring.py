"""What a network says of items, set beside what they are labelled with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor
from tqdm import tqdm

from bundle.batching import pack
from bundle.manifest import HeadName
from bundle.tokens import Tokens
from trainer.items import Item, Target

# Tokens of one forward pass.
_BUDGET = 2048

Score = Callable[[Sequence[Tokens]], Mapping[HeadName, Tensor]]


@dataclass(frozen=True, slots=True)
class Scored:
    """One head: for each example that has a label for it, its target and what `Score` gave.

    An entry of `outputs` is (labels,), for tags (tokens, tags).
    """

    targets: list[Target]
    outputs: list[Tensor]


def score_items(score: Score, items: Sequence[Item], shown: str) -> dict[HeadName, Scored]:
    """`items` through `score`, in batches padded alike, with a progress bar named `shown`."""
    found: dict[HeadName, Scored] = {}
    lengths = [len(item.tokens) for item in items]
    with tqdm(total=len(items), desc=shown, unit=" texts", leave=False, disable=None) as bar:
        for positions in pack(lengths, _BUDGET):
            batch = [items[position] for position in positions]
            _collect(found, batch, score([item.tokens for item in batch]))
            bar.update(len(batch))
    return found


def _collect(
    found: dict[HeadName, Scored], batch: Sequence[Item], outputs: Mapping[HeadName, Tensor]
) -> None:
    for row, item in enumerate(batch):
        for name, target in item.targets.items():
            scored = found.setdefault(name, Scored([], []))
            output = outputs[name][row]
            scored.targets.append(target)
            scored.outputs.append(output[: len(item.tokens)] if name == "entity" else output)
