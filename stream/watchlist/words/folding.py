"""A text as names are compared: kinds of letters, blanks and Chinese characters make no odds."""

import re
import unicodedata
from importlib.resources import files
from typing import cast

from msgspec import Struct

_PAIRS = (files("stream.watchlist.words") / "simplified.txt").read_text("utf-8").split()
# An alef is written with and without its hamza.
_ALIKE = dict(cast("list[tuple[str, str]]", _PAIRS)) | dict.fromkeys("أإآ", "ا") | {"’": "'"}

_UNEVEN = re.compile(f"[{''.join(_ALIKE)}！-～\ud800-\udfff]|[^\\S ]")


class FoldedText(Struct, frozen=True):
    """A text that is looked through, and the same folded: places are the same in both."""

    text: str
    folded: str


def fold(text: str) -> str:
    """`text` as names are compared, character for character, so that places stay.

    Upper and lower case, full and half width, traditional and simplified Chinese make no
    difference.
    """
    if text.isascii():
        return _UNEVEN.sub(" ", text).lower()
    # These two are what `str.lower` changes by more than one character for one, or by context.
    lower = text.replace("İ", "i").lower().replace("ς", "σ")
    return _UNEVEN.sub(_even, lower)


def _even(match: re.Match[str]) -> str:
    character = match[0]
    if "！" <= character <= "～":
        return chr(ord(character) - ord("！") + ord("!")).lower()
    return _ALIKE.get(character, " ")


def unaccented(name: str) -> str:
    """`name` with plain Latin letters: Nestle for Nestlé."""
    return name if name.isascii() else "".join(map(_plain, name))


def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character
