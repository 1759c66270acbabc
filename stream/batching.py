"""What goes into one forward pass: texts of like length, up to a budget of tokens."""

from collections.abc import Iterator, Sequence


def pack(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions grouped so that no group, padded to its longest, exceeds `budget` tokens.

    Texts of like length go together, the longest first; a text longer than the budget goes alone.
    """
    group: list[int] = []
    longest = 0
    for position in sorted(range(len(lengths)), key=lambda at: -lengths[at]):
        if group and (len(group) + 1) * longest > budget:
            yield group
            group = []
        longest = longest if group else lengths[position]
        group.append(position)
    if group:
        yield group
