"""Ends that publishers put behind a text."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# Where a sentence or a line begins.
SENTENCE = r"(?:(?<=[.!?…:;|>)\]\"”’'»~–—-])\s*|\s*\n\s*)"


class Ending(NamedTuple):
    """What `pattern` finds at the end of a text; only one that has one of `signs` has it.

    `signs` are in lower case, with single spaces. They are looked for first, which is much faster.
    """

    signs: Sequence[str]
    pattern: re.Pattern[str]


def ending(signs: Sequence[str], end: str, begin: str = SENTENCE) -> Ending:
    """The ending that `end` describes, after `begin`.

    A space in `end` stands for white space of any kind and length.
    """
    spaced = end.replace(" ", r"\s+")
    pattern = re.compile(rf"{begin}(?:{spaced})[\s.:!?。！：>»→…]*\Z", re.IGNORECASE)
    return Ending(signs, pattern)
