"""What to look for in a text to find a company: each surface with its form."""

import re
from collections.abc import Iterator, Sequence

from stream.watchlist.company import Match, WatchedCompany
from stream.watchlist.forms import (
    BareNumber,
    Cashtag,
    Code,
    Form,
    Handle,
    Name,
    NameTag,
    Prefixed,
    Suffixed,
    TickerTag,
    WordName,
)
from stream.watchlist.tickers.listing import Listing
from stream.watchlist.tickers.market import BY_ID
from stream.watchlist.words.folding import fold, unaccented
from stream.watchlist.words.ordinary_words import ORDINARY_WORDS, default_match, is_ordinary

# One of each is enough: a list may have a million names.
_NAME, _NAME_TAG, _TICKER_TAG = Name(), NameTag(), TickerTag()
_PREFIXED, _HANDLE = Prefixed(), Handle()
_ISIN, _FIGI, _RIC = Code("ISIN"), Code("FIGI"), Code("RIC")

_NO_WORD = re.compile(r"\W")


def surfaces(
    watched: WatchedCompany, listings: Sequence[Listing]
) -> Iterator[tuple[str, Form | None]]:
    """Every text, folded, that is looked for on account of `watched`, which has `listings`.

    Each has the rule for what is found; none where it means another.
    """
    symbols = frozenset(one for listing in listings for one in listing.spellings())
    for name in (*watched.names, *watched.aliases):
        yield from _of_name(name, watched, symbols)
    for listing in listings:
        yield from _of_listing(listing)
    for handle in watched.handles:
        yield fold(f"@{handle}"), _HANDLE
    for form, codes in ((_ISIN, watched.isins), (_FIGI, watched.figis), (_RIC, watched.rics)):
        for code in codes:
            yield fold(code), form
    for text in watched.exclusions:
        yield fold(text), None


def match_of(watched: WatchedCompany, name: str) -> Match:
    """How `name` is looked for: as the list says, or by what it is."""
    return watched.match.get(name) or default_match(name)


def _of_name(
    name: str, watched: WatchedCompany, symbols: frozenset[str]
) -> Iterator[tuple[str, Form]]:
    for spelling in dict.fromkeys((name, unaccented(name))):
        match = watched.match.get(name) or default_match(spelling)
        if match == "always":
            yield fold(spelling), _NAME
        else:
            yield fold(spelling), WordName(spelling, match, is_ordinary(spelling), symbols)
    folded = fold(name)
    tag = _NO_WORD.sub("", folded)
    if tag != folded and len(tag) > 2 and tag not in ORDINARY_WORDS:
        yield f"#{tag}", _NAME_TAG


def _of_listing(listing: Listing) -> Iterator[tuple[str, Form]]:
    for spelling in listing.spellings():
        yield f"{spelling}.", Suffixed(listing)
        if not listing.is_number:
            yield f"${spelling}", Cashtag(listing)
        elif len(spelling) > 3:
            names = [word for market in sorted(listing.markets) for word in BY_ID[market].names]
            yield spelling, BareNumber(tuple(names))
    for prefixed in listing.prefixed():
        yield prefixed, _PREFIXED
    if _takes_tag(listing):
        yield f"#{listing.symbol}", _TICKER_TAG


def _takes_tag(listing: Listing) -> bool:
    symbol = listing.symbol
    # `#PM`, `#UN` and `#GD` are rarely companies.
    tellable = len(symbol) > 2 and symbol.isalnum() and symbol not in ORDINARY_WORDS
    return tellable and not listing.is_number
