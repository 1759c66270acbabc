"""Characters that look alike are made one; those that nobody sees go."""

import re
import unicodedata
from collections.abc import Iterator

from bundle.text.draft import Draft, Edit
from bundle.text.emoji import JOINER, PICTOGRAPH, SELECTORS, TAGS

# Wide letters, digits and what numbers and names are made of; Chinese punctuation stays.
_WIDE = "$%&+-./0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_ALIKE = {chr(ord(narrow) - ord("!") + ord("！")): narrow for narrow in _WIDE} | {
    "￡": "£",
    "￥": "¥",
    **dict.fromkeys("\u2010\u2011\u2212\ufe63", "-"),
}
# Control characters, halves of a surrogate pair, and a space of no width.
_BLANK = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\ud800-\udfff"
# Hyphens that show only at the end of a line, marks of direction, joiners, byte order marks.
_UNSEEN = "\u00ad\u061c\u180e\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_ALIKE_CLASS = "".join(_ALIKE)
_ODD = re.compile(f"[{_ALIKE_CLASS}{_BLANK}{_UNSEEN}{JOINER}{TAGS}{SELECTORS}]")
_ALIKES = re.compile(f"[{_ALIKE_CLASS}]")
_BLANKS = re.compile(f"[{_BLANK}]")
# Joiners, tags and selectors make an emoji of several characters, and mean nothing elsewhere.
_VANISHING = re.compile(
    f"[{_UNSEEN}]+"
    f"|(?<![{PICTOGRAPH}{SELECTORS}{TAGS}]){JOINER}+|{JOINER}+(?![{PICTOGRAPH}])"
    f"|(?<![{PICTOGRAPH}{TAGS}])[{TAGS}]+|(?<![{PICTOGRAPH}0-9#*©®])[{SELECTORS}]+"
)

# Marks on one letter beyond which they are left as they are: to sort them takes quadratic time.
_MAX_CLUSTER = 32


def make_even(draft: Draft) -> None:
    """One form for each letter, hyphen and width; unseen characters go, control ones are spaces."""
    text = draft.text
    if text.isascii():
        if not text.isprintable():
            draft.text = _BLANKS.sub(" ", text)
        return
    if _ODD.search(text):
        # One character for one: nothing moves.
        draft.text = _BLANKS.sub(" ", _ALIKES.sub(_alike, text))
        draft.replace_each(_VANISHING, "")
    if not unicodedata.is_normalized("NFC", draft.text):
        draft.replace(_composed(draft.text))


def _alike(match: re.Match[str]) -> str:
    return _ALIKE[match[0]]


def _composed(text: str) -> Iterator[Edit]:
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _joins(text[end]):
            continue
        if end - start <= _MAX_CLUSTER:
            cluster = text[start:end]
            composed = unicodedata.normalize("NFC", cluster)
            if composed != cluster:
                yield start, end, composed
        start = end


def _joins(character: str) -> bool:
    """Whether `character` may become one with what stands before it: a mark, a Korean vowel."""
    return character > "\u02ff" and (
        "\u1160" <= character <= "\u11ff" or unicodedata.category(character)[0] == "M"
    )
