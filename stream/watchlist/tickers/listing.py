"""A ticker of the watch list: a symbol, and the market that it is listed at, if that is said."""

import re
from typing import NamedTuple

from schemas.codec import shown
from stream.watchlist.errors import WatchlistError
from stream.watchlist.tickers.market import BY_ID, BY_NAME, BY_SUFFIX
from stream.watchlist.words.folding import fold

_SYMBOL = re.compile(r"[a-z0-9]+(?:[._/^=-][a-z0-9]+)*")
_SEPARATOR = re.compile(r"[._/-]")

# How a symbol's class of shares is set off: BRK.B, BRK-B and BRK/B are one.
SEPARATORS = ".-/"

# One for all: an empty set of their own is the larger part of many tickers.
_ANYWHERE: frozenset[str] = frozenset()


class Listing(NamedTuple):
    """A symbol, folded, with its markets: those that an unclear market name may mean."""

    symbol: str
    markets: frozenset[str] = _ANYWHERE

    @property
    def is_number(self) -> bool:
        return self.symbol.isdecimal()

    def at(self, markets: frozenset[str]) -> bool:
        """Whether it may be listed at one of `markets`; one without a market, at each."""
        return bool(self.markets & markets) or not self.markets

    def has_suffix(self, suffix: str) -> bool:
        """Whether `suffix` may stand behind it; a letter alone is too little with any market's."""
        tellable = len(self.symbol) > 1 or bool(self.markets)
        return tellable and self.at(BY_SUFFIX[suffix])

    def spellings(self) -> list[str]:
        """The symbol as texts write it: with each separator; a number with and without zeros."""
        if self.is_number and "HKEX" in self.markets:
            bare = plain(self.symbol)
            return sorted({bare, bare.zfill(4), bare.zfill(5)})
        if _SEPARATOR.search(self.symbol) is None:
            return [self.symbol]
        return [_SEPARATOR.sub(separator, self.symbol) for separator in SEPARATORS]

    def prefixed(self) -> list[str]:
        """Spellings with the market in front of a number, such as sh600519."""
        prefixes = [BY_ID[market].prefix for market in sorted(self.markets)]
        spellings = self.spellings() if self.is_number else []
        return [prefix + spelling for prefix in prefixes if prefix for spelling in spellings]


def plain(symbol: str) -> str:
    """`symbol`, folded, as equal ones are: with points, a number without leading zeros."""
    return (symbol.lstrip("0") or "0") if symbol.isdecimal() else _SEPARATOR.sub(".", symbol)


def read_ticker(ticker: str) -> Listing:
    """`ticker` such as LTGB, BRK.B, NYSE:LTGB, VOD.L or 600519.SH; raises `WatchlistError`."""
    market, colon, rest = fold(ticker).rpartition(":")
    market = market.strip()
    if colon and market not in BY_NAME:
        raise WatchlistError(f"must have a known market before its colon, not {shown(ticker)}")
    listing = _listing(rest.strip(), BY_NAME.get(market, _ANYWHERE))
    if _SYMBOL.fullmatch(listing.symbol) is None:
        raise WatchlistError(
            f"must be letters and digits such as BRK.B, NYSE:BRK.B or 0700.HK, without $, "
            f"not {shown(ticker)}"
        )
    if listing.is_number and not listing.markets:
        raise WatchlistError(
            f"must have its market when it is a number, such as 600519.SH, not {shown(ticker)}"
        )
    return listing


def _listing(symbol: str, markets: frozenset[str]) -> Listing:
    bare, _, suffix = symbol.rpartition(".")
    if bare and not markets and suffix in BY_SUFFIX:
        return Listing(bare, BY_SUFFIX[suffix])
    return Listing(symbol, markets)
