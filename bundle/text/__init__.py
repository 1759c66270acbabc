"""What is read of a text, by the model and by all that compares or searches texts. No torch.

`read` cleans a text once: `markup` (HTML), `characters` (one form for each), `links` and
`furniture` (`headings`; endings, `english_endings` and `chinese_endings`), one after the other,
change a `draft`, which knows each step of the way back. `cleaned` is what comes of it. `emoji`
names them, for vocabularies that have none. `language` says whether a text is English or Chinese.
"""

import hashlib
import re

from bundle.text.characters import make_even
from bundle.text.cleaned import Cleaned
from bundle.text.draft import Draft
from bundle.text.furniture import strip_furniture
from bundle.text.links import strip_addresses
from bundle.text.markup import resolve_entities, strip_tags

__all__ = ["Cleaned", "clean", "fingerprint", "read"]

# What one round uncovers the next one takes: an entity in an entity, a tag made of entities.
_MAX_ROUNDS = 4

# White space other than one space between words. It begins with one kind of character, so that the
# search is quick.
_SPACES = re.compile(r"\s(?:\s+|(?<! )|\Z|(?<=\A.))")
# A sign or a point before a digit is kept: "-5%" and "5%", "1.2" and "12" are different news.
_IGNORED = re.compile(r"(?:[^\w.+\-]|_|[.+\-](?!\d))+")


def clean(text: str) -> str:
    """What the model reads of `text`; may be empty. For the way back, `read` it."""
    return read(text).text


def read(text: str) -> Cleaned:
    """`text` without its markup, addresses and invisible characters, on one line.

    HTML tags go and entities are resolved; links, mail addresses, a leading `RT @user:` and
    handles that a reply begins with go; letters are composed (NFC), wide Latin ones and hyphens
    plain; datelines, bylines, disclaimers and calls to read on go; white space is collapsed. What
    is clean already stays as it is.
    """
    draft = Draft(text)
    if not text:
        return Cleaned(draft)
    for _ in range(_MAX_ROUNDS):
        before = draft.text
        strip_tags(draft)
        resolve_entities(draft)
        make_even(draft)
        marked = draft.text
        strip_addresses(draft)
        bare = draft.text
        strip_furniture(draft)
        if " ".join(draft.text.split()) != draft.text:
            _collapse(draft)
        # An address that goes uncovers nothing, and most texts have nothing else.
        if before == marked and bare == draft.text:
            break
    return Cleaned(draft)


def fingerprint(text: str) -> int:
    """64 bits of the letters and numbers of `text`, whatever its case: the same for a retweet.

    A text with neither (emojis, say) is identified by what `clean` leaves of it.
    """
    cleaned = clean(text).casefold()
    key = _IGNORED.sub("", cleaned) or cleaned
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())


def _collapse(draft: Draft) -> None:
    end = len(draft.text)
    draft.replace(
        (*space.span(), "" if space.start() == 0 or space.end() == end else " ")
        for space in _SPACES.finditer(draft.text)
    )
