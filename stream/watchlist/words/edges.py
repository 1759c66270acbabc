"""Where words begin and end: a name within another word is no mention."""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from stream.watchlist.words.word_breaks import UNSPACED

_UNSPACED = re.compile(f"[{UNSPACED}]")

# Arabic and Hebrew write some short words together with what follows: "and", "in", "for", "like".
_PREFIX = re.compile(r"(?:\A|[^\w])(?:[وف][بكل]?|[بكل]|ו[הבכלמש]?|[הבכלמש])\Z")
_TAKES_PREFIX = re.compile("[\u0590-\u06ff]{2}[\u0590-\u06ff ]{2}")

_CURRENCY = frozenset("$€£¥₹₩")
_ALPHANUMERIC = frozenset("LMN")


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the name at `start` to `end` of the folded `text` is no part of a longer word."""
    return begins_word(text, start) and ends_word(text, end)


def begins_word(text: str, start: int) -> bool:
    """Whether no word goes on at `start`, be it a number, an amount or a handle."""
    before = text[start - 1 : start]
    if before == "@" or (text[start].isdecimal() and _in_number(text, start)):
        return False
    kind = _script(before)
    return kind is None or kind != _script(text[start]) or _behind_prefix(text, start)


def follows_word(text: str, start: int) -> bool:
    """Whether a word stands straight before the sign at `start`."""
    return _script(text[start - 1 : start]) == "word"


def ends_word(text: str, end: int) -> bool:
    """Whether no word goes on at `end`."""
    # Korean puts its particles straight behind a name, so a name in Hangul has no edge there.
    return _script(text[end : end + 1]) != "word" or _script(text[end - 1]) != "word"


def _in_number(text: str, start: int) -> bool:
    before = text[max(0, start - 2) : start]
    return before[-1:] in _CURRENCY or (before[-1:] in {".", ","} and before[:1].isdecimal())


def _behind_prefix(text: str, start: int) -> bool:
    return (
        _TAKES_PREFIX.match(text, start) is not None
        and _PREFIX.search(text[max(0, start - 3) : start]) is not None
    )


@lru_cache(maxsize=65_536)
def _script(character: str) -> Literal["word", "hangul"] | None:
    """The kind of word `character` is a part of; none where words have no edge to be seen."""
    if not character or unicodedata.category(character)[0] not in _ALPHANUMERIC:
        return None
    if _UNSPACED.match(character):
        return None
    return "hangul" if unicodedata.name(character, "").startswith("HANGUL") else "word"
