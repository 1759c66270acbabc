"""The mould of a text: its words without what changes from one text of its kind to the next.

"SHAREHOLDER ALERT: Varn & Osk Investigates Kelvarra Cells (NASDAQ: KVR) on Behalf of Investors" is
one of hundreds that differ in a company, a ticker and a law firm. What stays are words of the
language: names, numbers and addresses are no part of a mould.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from msgspec import Struct

from schemas.document import Document
from schemas.scored import Entity
from stream.scoring.hashing import bands, mixed, word_hash
from stream.scoring.parsing import ParsedDocument
from stream.watchlist.words.ordinary_words import ORDINARY_WORDS
from stream.watchlist.words.word_breaks import UNSPACED

# Two headlines of four words in common may be about anything: "shares fall after the report".
_MIN_WORDS = 6
# And of these so many that are no function words.
_MIN_CONTENT_WORDS = 4
# A character of a script without spaces says less than a word.
_MIN_CHARACTERS = 10
# A text begins with what shows its mould. What is behind that is not worth its place in Redis.
_MAX_WORDS = 32
_MAX_READ = 400
# A text may name a thousand companies; each is looked for in what is read of it.
_MAX_NAMES = 16

# Of so many bins the smallest hash: texts with less than half their words in common seldom share
# these, and each that does costs a look.
_ROWS = 3

_UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")
_WORD = re.compile(rf"[^\W\d_{UNSPACED}]+|[{UNSPACED}]")
# Behind a dollar sign, or alone in brackets, with its market before or behind it.
_TICKER = re.compile(
    r"\$([A-Za-z]{1,6}(?:\.[A-Za-z]{1,2})?)(?!\w)"
    r"|[(\uff08](?:[^():\uff08\uff09\uff1a]{1,20}[:\uff1a] ?)?"
    r"([A-Z]{1,6}(?:[.\-/][A-Z]{1,3})?|\d{5,6}|\d{4,6}[.\-][A-Z]{1,3})[)\uff09]"
)
_SIGNS = re.compile("[@#$(\uff08'\u2019]")
_NO_WORD = re.compile(r"[@#$]\w+|['\u2019]s(?!\w)")
# They are in every text: a band of them would lead to many that are nothing like it.
_FUNCTION_WORDS = (
    "a about after an and are as at be been before but by can could down for from had has have he "
    "her here his how i if in into is it its more new no not of on or our out over she than that "
    "the their there these they this those to up us was we were what when where which who why will "
    "with would you your"
)
_NO_NAMES = frozenset(f"{_FUNCTION_WORDS} inc llc llp corp ltd plc co sa ag nv pc lp".split())
# Worked out once: a text has ten of them.
_HASHES = {word: mixed(word_hash(word)) for word in ORDINARY_WORDS if len(word) > 1}
_COMMON = {mixed(word_hash(word)) for word in _FUNCTION_WORDS.split()}


class MouldSketch(Struct, frozen=True):
    """The hashes of the words that stay, ascending; a band that alike moulds are likely to share.

    `subject` stands for what the text is about, 0 where nothing tells: texts of one mould and one
    subject are about one event, in other words.
    """

    hashes: tuple[int, ...]
    band: str
    subject: int


def mould_sketch(parsed: ParsedDocument, entities: Iterable[Entity]) -> MouldSketch | None:
    """The mould of a document in which `entities` are named: that of its title, else of its text.

    None where too few words stay.
    """
    known = [one for one in entities if one.origin != "model"]
    names = list(islice(dict.fromkeys(_names(parsed.document, known)), _MAX_NAMES))
    title, body, _ = parsed.reading
    for text in (title.text, body.text):
        if text and (found := _mould(text[:_MAX_READ], names, {one.id for one in known})):
            return found
    return None


def _names(document: Document, entities: Iterable[Entity]) -> Iterator[str]:
    for entity in entities:
        for place in entity.places:
            whole = document.title if place.field == "title" else document.text
            yield (whole or "")[place.start : place.end]
        if not entity.places:
            yield entity.name


def _mould(text: str, names: Iterable[str], companies: Collection[str]) -> MouldSketch | None:
    bare, tickers = _without_tickers(text)
    for name in names:
        bare = bare.replace(name, " ")
    words = set(islice(_WORD.findall(bare.casefold()), _MAX_WORDS))
    others = {one for one in words if one not in _HASHES}
    characters = {one for one in others if len(one) == 1 and _UNSPACED_CHARACTER.match(one)}
    if len(words) - len(others) + len(characters) < (_MIN_CHARACTERS if characters else _MIN_WORDS):
        return None
    hashes = {_HASHES[one] for one in words - others}
    hashes.update(mixed(word_hash(one)) for one in characters)
    ascending = tuple(sorted(hashes))
    content = [one for one in ascending if one not in _COMMON]
    if len(content) < _MIN_CONTENT_WORDS:
        return None
    subject = _subject(companies or tickers, () if characters else others - _NO_NAMES)
    return MouldSketch(ascending, bands(content, 1, _ROWS)[0], subject)


def _without_tickers(text: str) -> tuple[str, set[str]]:
    if not _SIGNS.search(text):
        return text, set()
    tickers = {one[1] or one[2] for one in _TICKER.finditer(text)}
    return _NO_WORD.sub(" ", _TICKER.sub(" ", text) if tickers else text), tickers


def _subject(named: Collection[str], others: Iterable[str]) -> int:
    if named:
        return mixed(word_hash("\n".join(sorted(named))))
    # Of words that may be names one stands for all: where one event is told in other words, most
    # of its names are the same, and so is mostly the smallest.
    return min((mixed(word_hash(one)) for one in others), default=0)
