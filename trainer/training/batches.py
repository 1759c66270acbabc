"""The order in which examples are trained on."""

import random
from collections.abc import Iterator, Sequence

from trainer.heads.tokenized_example import TokenizedExample

# Texts of like length are sought among this many batches: enough to pad little, few enough to mix.
_POOLED_BATCHES = 50


def shuffled_batches(
    examples: Sequence[TokenizedExample], size: int, rng: random.Random
) -> Iterator[list[TokenizedExample]]:
    """All `examples` in random batches of at most `size`, texts of like length together."""
    order = list(examples)
    rng.shuffle(order)
    batches: list[list[TokenizedExample]] = []
    for start in range(0, len(order), size * _POOLED_BATCHES):
        pool = sorted(order[start : start + size * _POOLED_BATCHES], key=lambda e: len(e.tokens))
        batches += [pool[first : first + size] for first in range(0, len(pool), size)]
    rng.shuffle(batches)
    return iter(batches)
