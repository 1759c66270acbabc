"""The forms in which a text names a company, each with the rule that makes a find a mention.

Every form answers where the mention ends that begins at `start`, with the text of the list found
from there to `end`; None when it is no mention.
"""

import re
from typing import NamedTuple, Protocol

from stream.watchlist.company import Match
from stream.watchlist.tickers.listing import Listing
from stream.watchlist.tickers.market import BY_SUFFIX
from stream.watchlist.words.company_signs import acts, company_beside, ticker_beside, ticker_near
from stream.watchlist.words.edges import ends_word, follows_word, stands_alone
from stream.watchlist.words.folding import FoldedText
from stream.watchlist.words.letter_case import says_nothing

# `$BRK.B` is a ticker of its own and no mention of `$BRK`; `$T:CA` is one of Canada.
_SHARE_CLASS = re.compile(r"(?:[._-][a-z]{1,2}|/[a-z]|:ca)(?![a-z0-9])")
# The market behind a ticker; `$GE-N` is New York.
_SUFFIX = re.compile(rf"(?:\.|-(?=n(?![a-z0-9])))({'|'.join(BY_SUFFIX)})(?![a-z0-9])")
# Initials look like a ticker of one letter at a market: "U.K.", "A.K. Bolt"; these lack the last
# point, too.
_INITIALS = re.compile(r"u\.[kn](?![a-z0-9])|[a-z]\.[a-z]\.")
# `US$AAPL` is Apple, `US$M` and `US$bn` are amounts.
_DOLLARS = re.compile(r"(?:\A|[^\w$])(?:us|hk)\Z")
_AMOUNTS = frozenset({"m", "mm", "mn", "mln", "b", "bn", "bln", "k", "t", "tn", "trn"})
# The market behind a number, and how far before it the name of one may begin.
_MARKET_BEHIND = re.compile(r"[ -](?:sh|ss|sz|hk|ch)(?![a-z0-9])")
_MARKET_REACH = 16
_WORD = re.compile(r"\w")
_BLANK = frozenset({" ", ""})


class Form(Protocol):
    """One form; `why` says to a person what kind of find it is."""

    @property
    def why(self) -> str: ...

    def end(self, reading: FoldedText, start: int, end: int) -> int | None: ...


class Name(NamedTuple):
    """A name or an alias that can mean nothing else."""

    why: str = "name"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        return end if stands_alone(reading.folded, start, end) else None


class WordName(NamedTuple):
    """A name that is a word too: as `spelling` has it, or beside what a company has beside it.

    A word that is `ordinary` has a capital in every headline in Title Case, so there it needs more.
    """

    spelling: str
    match: Match
    ordinary: bool
    symbols: frozenset[str]
    why: str = "name that is a word"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        text, folded = reading.text, reading.folded
        if not stands_alone(folded, start, end):
            return None
        if company_beside(folded, start, end) or ticker_beside(folded, start, end, self.symbols):
            return end
        if self.match == "context":
            return None
        tag = folded[start - 1 : start] == "#"
        if text[start:end] not in {self.spelling, self.spelling.upper()}:
            return end if tag and not self.ordinary else None
        if tag or not self.ordinary or acts(folded, start, end):
            return end
        clear = not says_nothing(text, start, end)
        return end if clear or ticker_near(folded, start, end, self.symbols) else None


class Cashtag(NamedTuple):
    """`$LTGB`, `US$LTGB`, and `$LTGB.L` or `$LTGB-N`, which have their market behind them."""

    listing: Listing
    why: str = "cashtag"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        folded = reading.folded
        if folded[start - 1 : start] not in _BLANK and not _begins_cashtag(folded, start, end):
            return None
        # Most stand between blanks.
        if folded[end : end + 1] in _BLANK:
            return end
        if suffix := _SUFFIX.match(folded, end):
            return suffix.end() if self.listing.has_suffix(suffix[1]) else None
        return end if ends_word(folded, end) and not _SHARE_CLASS.match(folded, end) else None


class Suffixed(NamedTuple):
    """`LTGB.N` and `600519.SH`: what is found ends in the point."""

    listing: Listing
    why: str = "ticker with its market behind it"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        text, folded = reading.text, reading.folded
        suffix = _SUFFIX.match(folded, end - 1)
        if suffix is None or follows_word(folded, start) or folded[start - 1 : start] == "@":
            return None
        if _INITIALS.match(folded, start):
            return None
        spelled = self.listing.is_number or text[start : suffix.end()].isupper()
        return suffix.end() if spelled and self.listing.has_suffix(suffix[1]) else None


class BareNumber(NamedTuple):
    """`600519` with the name of its market before or behind it."""

    names: tuple[str, ...]
    why: str = "number beside its market"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        folded = reading.folded
        if not stands_alone(folded, start, end):
            return None
        before = folded[max(0, start - _MARKET_REACH) : start].rstrip(" :(")
        named = before.endswith(self.names) or _MARKET_BEHIND.match(folded, end) is not None
        return end if named else None


class Prefixed(NamedTuple):
    """`SH600519`."""

    why: str = "number behind its market"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        return end if stands_alone(reading.folded, start, end) else None


class Code(NamedTuple):
    """An ISIN, a FIGI or a RIC, in capitals."""

    why: str

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        text, folded = reading.text, reading.folded
        return end if text[start:end].isupper() and stands_alone(folded, start, end) else None


class Handle(NamedTuple):
    """`@LantingBank`, where the list has it."""

    why: str = "handle"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        folded = reading.folded
        whole = _WORD.match(folded, end) is None and not follows_word(folded, start)
        return end if whole else None


class NameTag(NamedTuple):
    """`#LantingBank`: a name of several words as a hashtag."""

    why: str = "hashtag of the name"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        return None if follows_word(reading.folded, start) else end


class TickerTag(NamedTuple):
    """`#LTGB`, in capitals: `#love` is no company whose ticker is LOVE."""

    why: str = "hashtag of the ticker"

    def end(self, reading: FoldedText, start: int, end: int) -> int | None:
        spelled = reading.text[start:end].isupper()
        return end if spelled and not follows_word(reading.folded, start) else None


def _begins_cashtag(folded: str, start: int, end: int) -> bool:
    # "W€$T" is "West", as some spell it.
    if folded[start - 1] in "$€£¥":
        return False
    if not follows_word(folded, start):
        return True
    in_dollars = _DOLLARS.search(folded[max(0, start - 3) : start]) is not None
    return in_dollars and folded[start + 1 : end] not in _AMOUNTS
