"""What a person should know of a watch list before it is used."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from stream.watchlist.company import WatchedCompany
from stream.watchlist.surfaces import match_of
from stream.watchlist.words.folding import fold
from stream.watchlist.words.ordinary_words import default_match, is_phrase
from stream.watchlist.words.word_breaks import UNSPACED

Kind = Literal["word", "phrase", "short", "shared", "twice"]

# Two characters of a script without spaces are often a part of other words: 美的 in 美的东西.
_SHORT = re.compile(f"[{UNSPACED}]{{1,2}}")

_LOOKED_FOR = {
    "always": 'counts in any case and anywhere, as the list says: "{lower}" too',
    "case": "counts with its capitals, or beside a word of companies or its ticker",
    "context": "counts beside a word of companies or its ticker only",
}


class Remark(NamedTuple):
    """Something about one company or a surface, with what comes of it."""

    kind: Kind
    about: str
    sentence: str


def counted(watched: Sequence[WatchedCompany]) -> dict[str, int]:
    """How much of each kind the companies have."""
    return {
        "names": sum(len(one.names) + len(one.aliases) for one in watched),
        "tickers": sum(len(one.tickers) for one in watched),
        "codes": sum(len(one.isins) + len(one.figis) + len(one.rics) for one in watched),
        "handles": sum(len(one.handles) for one in watched),
        "exclusions": sum(len(one.exclusions) for one in watched),
        "parents": sum(one.parent is not None for one in watched),
    }


def review(watched: Sequence[WatchedCompany]) -> Iterator[Remark]:
    """Names that are words or short, surfaces of several companies, and what is there twice."""
    for one in watched:
        yield from _of_words(one)
    yield from _shared(watched)
    for one in watched:
        yield from _twice(one)


def _of_words(one: WatchedCompany) -> Iterator[Remark]:
    for name in dict.fromkeys((*one.names, *one.aliases)):
        match = match_of(one, name)
        if default_match(name) != "always":
            how = _LOOKED_FOR[match].format(lower=name.lower())
            yield Remark("word", one.id, f'"{name}" is a word: it {how}')
        elif name in one.match:
            continue
        elif _SHORT.fullmatch(name):
            yield Remark(
                "short",
                one.id,
                f'"{name}" is short, and counts inside other words, unless `match` says context',
            )
        elif is_phrase(name):
            yield Remark(
                "phrase",
                one.id,
                f'"{name}" is made of words, and counts in any case: '
                f'"{name.lower()}" too, unless `match` says case',
            )


def _shared(watched: Iterable[WatchedCompany]) -> Iterator[Remark]:
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for one in watched:
        for surface in (*one.names, *one.aliases, *_codes(one)):
            owners[fold(surface)].setdefault(one.id, surface)
    for known in owners.values():
        if len(known) > 1:
            surface = next(iter(known.values()))
            yield Remark("shared", f'"{surface}"', f"names each of {', '.join(known)}")


def _twice(one: WatchedCompany) -> Iterator[Remark]:
    surfaces = Counter(fold(name) for name in (*one.names, *one.aliases, *_codes(one)))
    for surface, times in surfaces.items():
        if times > 1:
            yield Remark("twice", one.id, f'"{surface}" stands there {times} times')


def _codes(one: WatchedCompany) -> tuple[str, ...]:
    tickers = (f"${ticker}" for ticker in one.tickers)
    handles = (f"@{handle}" for handle in one.handles)
    return (*tickers, *handles, *one.isins, *one.figis, *one.rics)
