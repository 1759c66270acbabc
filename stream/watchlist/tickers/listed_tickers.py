"""Tickers behind the name of their market: `(NYSE: LTGB)`, `NASDAQ: A, B)`, `HKEX:0700`."""

import re
from collections.abc import Iterator
from itertools import product

from stream.watchlist.tickers.market import BY_NAME
from stream.watchlist.words.edges import begins_word
from stream.watchlist.words.folding import FoldedText

_SYMBOL = r"[A-Z0-9]+(?:[./-][A-Z0-9]+)*"
_FIRST = re.compile(rf" ?({_SYMBOL})(?!\w)")
_NEXT = re.compile(rf" ?(?:,|;|/|and|&) ?({_SYMBOL})(?!\w)")
_BRACKETS = frozenset("([（【")

# What stands between a market and its ticker; 代码 is "code".
_MARKS = (":", " :", "代码:", "股票代码:")

# What to look for in a folded text, with the markets that it may mean.
MARKERS = {name + mark: BY_NAME[name] for name, mark in product(BY_NAME, _MARKS)}


def listed_tickers(reading: FoldedText, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The tickers behind the market at `start` to `end`, each with its place.

    The first one's place begins with the market. Only in brackets is there more than one: outside,
    what follows a comma is the next thing that the sentence says.
    """
    if not begins_word(reading.folded, start):
        return
    bracketed = reading.text[start - 1 : start] in _BRACKETS
    found = _FIRST.match(reading.text, end)
    begin = start
    while found:
        yield found[1].lower(), begin, found.end()
        found = _NEXT.match(reading.text, found.end()) if bracketed else None
        begin = found.start(1) if found else 0
