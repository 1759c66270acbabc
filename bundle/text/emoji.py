"""Emoji: where one begins and ends, and what it is called."""

import re
import unicodedata

# What an emoji begins with. A text may have it as a mere sign, too, as in "Acme™".
PICTOGRAPH = (
    "\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
JOINER = "\u200d"
SELECTORS = "\ufe00-\ufe0f"
TAGS = "\U000e0001-\U000e007f"

_LETTERS = "\U0001f1e6-\U0001f1ff"
_TONES = "\U0001f3fb-\U0001f3ff"
_ONE = rf"(?:[{_LETTERS}]{{2}}|[0-9#*]\ufe0f?\u20e3|[{PICTOGRAPH}][{SELECTORS}{_TONES}{TAGS}]*)"
# A family is one emoji, a flag is one.
EMOJI = re.compile(rf"{_ONE}(?:{JOINER}{_ONE})*")

_UNNAMED = re.compile(f"[{_TONES}{SELECTORS}{TAGS}{JOINER}\u20e3♀♂]")
# "White" of an older sign is hollow, not white.
_SHADES = {"black", "white", "heavy", "medium"}


def emoji_name(emoji: str) -> str:
    """The words for one match of `EMOJI`: "man woman girl", "flag US"; may be empty."""
    bare = bare_emoji(emoji)
    if re.match(f"[{_LETTERS}]", bare):
        letters = (chr(ord(one) - ord("\U0001f1e6") + ord("A")) for one in bare)
        return f"flag {''.join(letters)}"
    return " ".join(map(_name, bare)).strip()


def bare_emoji(emoji: str) -> str:
    """`emoji` without what only says how it looks: tones, genders, joiners."""
    return _UNNAMED.sub("", emoji)


def _name(character: str) -> str:
    if character.isascii():
        return character
    words = [word for word in unicodedata.name(character, "").lower().split() if word != "sign"]
    return " ".join(word for word in words if character > "\uffff" or word not in _SHADES)
