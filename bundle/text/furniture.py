"""What publishers put before and behind every text goes.

A rule looks only at the head or the end of a text, no further than it must, and for more than a
word: a sentence that merely has "read more" or "来源" in it is news.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from ahocorasick_rs import AhoCorasick

from bundle.text.chinese_endings import CHINESE_ENDINGS
from bundle.text.draft import Draft
from bundle.text.ending import Ending
from bundle.text.english_endings import ENGLISH_ENDINGS
from bundle.text.headings import HEADING_SIGNS, heading_end

# A heading that is longer is none.
_HEADING_LENGTH = 120
# Endings of one text in one look: a sender who repeats one without end would be read for seconds.
_MAX_ENDINGS = 8
# An ending begins no further before one of its signs.
_BEFORE_SIGN = 64

_CONTENT = re.compile(r"\w")
_ENDINGS = (*ENGLISH_ENDINGS, *CHINESE_ENDINGS)
_ENDING_LENGTH = max(one.length for one in _ENDINGS)
_SIGNED = [(sign, one) for one in _ENDINGS for sign in one.signs]
_ENDING_AUTOMATON = AhoCorasick([sign for sign, _ in _SIGNED], store_patterns=False)


class _Signs:
    """Whether a text has one of some signs: most have none.

    An automaton lets go of the interpreter's lock at each look, which a busy event loop gives back
    only after milliseconds.
    """

    def __init__(self, signs: Iterable[str]) -> None:
        every = sorted(set(signs))
        self._any = _any_of(every)
        # A text in ASCII, as most are in English, can have no other.
        self._ascii = _any_of([sign for sign in every if sign.isascii()])

    def are_in(self, text: str) -> bool:
        return (self._ascii if text.isascii() else self._any).search(text) is not None


def _any_of(signs: Sequence[str]) -> re.Pattern[str]:
    """Finds one of sorted `signs`, by first characters: a search tries few at each place."""
    return re.compile(
        "|".join(
            f"{re.escape(first)}(?:{'|'.join(re.escape(sign[1:]) for sign in some)})"
            for first, some in groupby(signs, itemgetter(0))
        )
    )


_ENDING_SIGN = _Signs(sign for sign, _ in _SIGNED)
_HEADING_SIGN = _Signs(HEADING_SIGNS)


def strip_furniture(draft: Draft) -> None:
    """Take out headings and endings, unless nothing would be left."""
    start = _content_start(draft.text)
    if start:
        draft.replace([(0, start, "")])
    end = _content_end(draft.text)
    if end < len(draft.text):
        draft.replace([(end, len(draft.text), "")])


def _content_start(text: str) -> int:
    if not _HEADING_SIGN.are_in(text[:_HEADING_LENGTH].lower()):
        return 0
    start = heading_end(text, _HEADING_LENGTH)
    return start if _CONTENT.search(text, start) else 0


def _content_end(text: str) -> int:
    end = len(text)
    for _ in range(_MAX_ENDINGS):
        shorter = _without_ending(text, end)
        if shorter == end:
            break
        end = shorter
    return end


def _without_ending(text: str, end: int) -> int:
    first = max(0, end - _ENDING_LENGTH)
    tail = text[first:end].lower()
    if not _ENDING_SIGN.are_in(tail):
        return end
    begins: dict[Ending, int] = {}
    for sign, start, _ in _ENDING_AUTOMATON.find_matches_as_indexes(tail):
        one = _SIGNED[sign][1]
        if first + start >= end - one.length:
            begins.setdefault(one, max(0, first + start - _BEFORE_SIGN))
    for one, begin in begins.items():
        found = one.pattern.search(text, begin, end)
        if found and _CONTENT.search(text, 0, found.start()):
            return found.start()
    return end
