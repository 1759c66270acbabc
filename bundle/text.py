"""What the model reads of a text, and what makes two texts the same. No torch."""

import hashlib
import html
import re
from bisect import bisect_right
from typing import NamedTuple

# A URL ends at the first character that no URL has, so that Chinese straight after it stays. One
# that was cut off ends, or consists, in an ellipsis.
_REST = r"(?:[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]+…?|…)"
_LINK = rf"https?://{_REST}|\b(?:pic\.twitter\.com|t\.co)/{_REST}"
_RETWEET = r"\A\s*(?:RT\s+@\w+:\s*)+"
_ENTITY = r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});"
# Control and invisible characters, and halves of a surrogate pair.
_INVISIBLE = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff"

_NOISE = re.compile(
    rf"(?P<gone>{_RETWEET}|{_LINK})|(?P<entity>{_ENTITY})|(?P<blank>[\s{_INVISIBLE}]+)",
    re.IGNORECASE,
)
_RETWEETS = re.compile(_RETWEET, re.IGNORECASE)
_LINKS = re.compile(_LINK, re.IGNORECASE)
_ENTITIES = re.compile(_ENTITY, re.IGNORECASE)
_INVISIBLES = re.compile(f"[{_INVISIBLE}]+")
# A sign or a point before a digit is kept: "-5%" and "5%", "1.2" and "12" are different news.
_IGNORED = re.compile(r"(?:[^\w.+\-]|_|[.+\-](?!\d))+")


class _Segment(NamedTuple):
    """Clean text from `at` on stands for `start` to `end` of the original."""

    at: int
    start: int
    end: int


class Cleaned(NamedTuple):
    """A text as the model reads it, and where each part of it stood in the original."""

    text: str
    segments: list[_Segment]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `start` to `end` (exclusive) came from."""
        return self._range(start)[0], self._range(end - 1)[1]

    def _range(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.segments, position, key=lambda segment: segment.at) - 1
        at, start, end = self.segments[index]
        following = (
            self.segments[index + 1].at if index + 1 < len(self.segments) else len(self.text)
        )
        if following - at != end - start:
            return start, end
        return start + position - at, start + position - at + 1


def clean(text: str) -> str:
    """What the model reads of `text`; may be empty.

    HTML entities are resolved; a leading `RT @user:`, URLs, control and invisible characters go;
    white space is collapsed.
    """
    # The same as `read`, without the way back: most texts lack most kinds of noise, and
    # a look for one character is much faster than a look for all kinds at each.
    text = _RETWEETS.sub(" ", text)
    if "/" in text:
        text = _LINKS.sub(" ", text)
    if not text.isprintable():
        text = _INVISIBLES.sub(" ", text)
    if "&" in text:
        text = _ENTITIES.sub(_resolved, text)
    return " ".join(text.split())


def read(text: str) -> Cleaned:
    """`clean(text)`, with the way back to the code points of `text`."""
    parts: list[str] = []
    segments: list[_Segment] = []
    at = 0
    for part, start, end in _parts(text):
        blank = part == " "
        if blank and (not parts or parts[-1] == " "):
            continue
        parts.append(part)
        segments.append(_Segment(at, start, end))
        at += len(part)
    if parts and parts[-1] == " ":
        parts.pop()
        segments.pop()
    return Cleaned("".join(parts), segments)


def fingerprint(text: str) -> int:
    """64 bits of the letters and numbers of `text`, whatever its case: the same for a retweet.

    A text with neither (emojis, say) is identified by what `clean` leaves of it.
    """
    cleaned = clean(text).casefold()
    key = _IGNORED.sub("", cleaned) or cleaned
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())


def _parts(text: str) -> list[tuple[str, int, int]]:
    parts: list[tuple[str, int, int]] = []
    position = 0
    for match in _NOISE.finditer(text):
        start, end = match.span()
        if start > position:
            parts.append((text[position:start], position, start))
        parts.append((_replacement(match), start, end))
        position = end
    if position < len(text):
        parts.append((text[position:], position, len(text)))
    return parts


def _replacement(match: re.Match[str]) -> str:
    return _resolved(match) if match.lastgroup == "entity" else " "


def _resolved(entity: re.Match[str]) -> str:
    character = html.unescape(entity[0])
    return " " if character.isspace() or not character else character
