"""Ends that publishers put behind a text."""

import re
from collections.abc import Sequence

from msgspec import Struct

# Where a sentence or a line begins.
SENTENCE = r"(?:(?<=[.!?…:;|>)\]\"”’'»~–—-])\s*|\s*\n\s*)"


class Ending(Struct, frozen=True, eq=False):
    """What `pattern` finds at the end of a text, with one of `signs` in it.

    `signs` are in lower case, with single spaces. They are looked for first, which is much faster,
    and stand no more than `length` characters before the end.
    """

    signs: Sequence[str]
    length: int
    pattern: re.Pattern[str]


def ending(signs: Sequence[str], length: int, end: str, begin: str = SENTENCE) -> Ending:
    """The ending that `end` describes, after `begin`.

    A space in `end` stands for white space of any kind and length.
    """
    spaced = end.replace(" ", r"\s+")
    pattern = re.compile(rf"{begin}(?:{spaced})[\s.:!?。！：>»→…]*\Z", re.IGNORECASE)
    return Ending(signs, length, pattern)
