"""Addresses are no prose: links, mail addresses, and handles before what is said."""

import re
from collections.abc import Iterator

from bundle.text.draft import Draft, Edit

# A link ends at the first character that no link has, so that Chinese straight after it stays. One
# that was cut off ends in an ellipsis.
_REST = r"[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]*…?"
_LABEL = "[A-Za-z0-9-]{1,63}"
# The last label of a host: "and/or", "U.S.Treasury" and "Node.js/Express" have none of these.
_SECOND = "(?:com?|gov|net|org|edu|ac)[.]"
_TOP = (
    f"(?:{_SECOND})?"
    "(?:com|net|org|edu|gov|int|info|biz|news|app|dev|xyz|top|vip|club|online|site|link|page"
    "|a[eitu]|b[er]|c[achno]|d[ek]|e[su]|f[imr]|g[dgl]|hk|i[delnost]|jp|kr|l[ay]|m[exy]|n[loz]"
    "|p[hlt]|ru|s[aegh]|t[hovw]|u[ks]|vn|za)(?![A-Za-z0-9-]|[.][A-Za-z0-9])"
)
_LINK = re.compile(
    rf"[hH][tT](?:[tT][pP][sS]?://{_REST}|(?<![A-Za-z0-9]..)(?:[tT](?:[pP][sS]?:?/{{0,2}})?)?…)"
)
# A bare host with a path, with `www`, or with something before the name that somebody registered:
# "Amazon.com", "Booking.co.uk" and "$CNQ.TO" are names.
_BARE = re.compile(
    rf"(?<![A-Za-z0-9@.$#_/-])(?:(?:{_LABEL}[.]){{1,8}}{_TOP}/{_REST}"
    rf"|www[.](?:{_LABEL}[.]){{1,8}}[A-Za-z]{{2,24}}"
    rf"|(?:{_LABEL}[.]){{1,8}}(?!{_SECOND})[A-Za-z0-9-]{{3,63}}[.]{_TOP})",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9_.+%-])(?:mailto:)?@?[A-Za-z0-9_.+%-]{1,64}"
    rf"@(?:{_LABEL}[.]){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z0-9])"
)
# These begin with a character, which is looked for faster than one of many.
_DOTTED = re.compile(r"[.](?=[A-Za-z]{2})")
_MAIL_HOST = re.compile(r"@(?=[A-Za-z0-9-]+[.][A-Za-z])")

# Without a letter it is a price: "bought @98". Chinese straight behind a Latin handle is no part of
# it, and a Chinese one ends before a colon or a space.
HANDLE = (
    r"@(?=[\w·-]*[^\W\d_])(?:[\w·-]{1,30}(?=\s*[:：])"
    r"|[A-Za-z0-9_]{1,30}(?![A-Za-z0-9_])|\w{1,16}(?=[\s@]|\Z))"
)

# The author of a retweet and whom a reply is to. `.@desk` begins a sentence for everybody.
_HEAD = re.compile(
    rf"\A(?:\s*(?:RT\s+@\w+:|(?:RT\s+|回复\s*|转发\s*|//)?{HANDLE}(?:\s*[:：])?))+",
    re.IGNORECASE,
)


def strip_addresses(draft: Draft) -> None:
    """Put a space for each link and mail address, and for the handles at the head."""
    text = draft.text
    if "://" in text or "…" in text:
        draft.part(_taken_out(text, _LINK))
    if _MAIL_HOST.search(draft.text):
        draft.part(_taken_out(draft.text, _MAIL))
    if _DOTTED.search(draft.text):
        draft.part(_taken_out(draft.text, _BARE))
    if "@" in draft.text and (head := _HEAD.match(draft.text)):
        draft.take_head(head.end())


def _taken_out(text: str, pattern: re.Pattern[str]) -> Iterator[Edit]:
    """Each match with the blanks around it, for which there is one, or none at either end."""
    position = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        # As in `Desk <desk@example.org>`.
        if text[start - 1 : start] == "<" and text[end : end + 1] == ">":
            start, end = start - 1, end + 1
        while start > position and text[start - 1] == " ":
            start -= 1
        while text[end : end + 1] == " ":
            end += 1
        blank = "" if start == 0 or end == len(text) or start == position else " "
        yield start, end, blank
        position = end
