"""What goes into one forward pass: texts padded to one length, up to a budget of tokens. No torch.

What a text is padded to follows from the text alone. So it is computed in the same way whatever
else was waiting beside it, and a replay gives the scores that it gave before.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

from bundle.tokens import Tokens

# Coarse enough that a batch has few groups, fine enough that little is computed for nothing.
_STEP = 4
_STEPS_AN_OCTAVE = 4


def padded(length: int) -> int:
    """The length that a text of `length` tokens is filled up to.

    A multiple of four up to 32; then there are four lengths between a power of two and the next.
    """
    octave = 1 << max(length - 1, 1).bit_length() - 1
    step = max(_STEP, octave // _STEPS_AN_OCTAVE)
    return -(-length // step) * step


def pack(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of texts that are padded alike, no group of more than `budget` tokens.

    The longest come first; a text longer than the budget goes alone.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for position, length in enumerate(lengths):
        alike[padded(length)].append(position)
    for length in sorted(alike, reverse=True):
        size = max(1, budget // max(length, 1))
        group = alike[length]
        yield from (group[start : start + size] for start in range(0, len(group), size))


def fitting(lengths: Sequence[int], budget: int) -> int:
    """How many of the first texts have no more than `budget` tokens together; at least one."""
    totals = accumulate(padded(length) if length else 0 for length in lengths)
    return max(1, sum(1 for _ in takewhile(lambda total: total <= budget, totals)))


def padded_rows(
    batch: Sequence[Tokens], pad_id: int, max_length: int | None
) -> tuple[list[list[int]], list[list[int]]]:
    """Ids and mask of `batch`, (texts, length) each, padded to what the longest is padded to.

    No text is filled up beyond `max_length`, where the model takes no more tokens than that.
    """
    longest = max(len(tokens) for tokens in batch)
    length = padded(longest)
    if max_length is not None:
        length = max(longest, min(length, max_length))
    ids = [tokens.ids + [pad_id] * (length - len(tokens)) for tokens in batch]
    mask = [[1] * len(tokens) + [0] * (length - len(tokens)) for tokens in batch]
    return ids, mask
