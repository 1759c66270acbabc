"""The watch list: which companies a text names, where, and why.

All surfaces stand in one automaton, so that the time to look through a text hardly grows with
their number.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from bundle.text import Cleaned
from schemas.scored import Entity, Place
from schemas.suggestion import did_you_mean
from stream.watchlist.automaton import Automaton
from stream.watchlist.company import WatchedCompany
from stream.watchlist.errors import WatchlistError, errors_of
from stream.watchlist.forms import Form
from stream.watchlist.surfaces import surfaces
from stream.watchlist.tickers.listed_tickers import MARKERS, listed_tickers
from stream.watchlist.tickers.listing import Listing, plain, read_ticker
from stream.watchlist.watchlist_file import parse
from stream.watchlist.words.edges import stands_alone
from stream.watchlist.words.folding import FoldedText, fold
from stream.watchlist.words.word_breaks import UNSPACED

Field = Literal["title", "text"]

# Of a hash: enough to tell apart all versions that a list will ever have.
_VERSION_DIGITS = 12

# A company and all above it: a mention is one entity for each.
_MAX_LINEAGE = 8

_HASHTAG = re.compile(rf"#[^\W{UNSPACED}]+")
_WHY_LISTED = "ticker behind its market"


class Owner(Struct, frozen=True, gc=False):
    """A company that a mention is of."""

    id: str
    name: str


class Mention(Struct, frozen=True):
    """A place in a text that names `owners`: a company with those above it, or several such."""

    start: int
    end: int
    owners: tuple[Owner, ...]
    why: str


class _Surface(Struct, frozen=True, gc=False):
    """What one company is known by; without a form, what looks like it and means another."""

    owners: tuple[Owner, ...]
    form: Form | None


class Watchlist:
    """Finds the companies of a list in a text.

    `version` tells which content of the file it is, `size` of how many companies.

    Raises:
        WatchlistError: a company's `parent` is none of the list, or it is its own parent.
    """

    def __init__(self, watched: Iterable[WatchedCompany], version: str | None = None) -> None:
        self.version = version
        companies = {one.id: one for one in watched}
        self.size = len(companies)
        self._has_handles = any(one.handles for one in companies.values())
        self._listings: dict[str, list[tuple[Listing, tuple[Owner, ...]]]] = {}
        known: dict[str, list[_Surface]] = {}
        for one in companies.values():
            owners = _lineage(one, companies)
            listings = [read_ticker(ticker) for ticker in one.tickers]
            for text, form in surfaces(one, listings):
                known.setdefault(text, []).append(_Surface(owners, form))
            for listing in listings:
                self._listings.setdefault(plain(listing.symbol), []).append((listing, owners))
        markers = MARKERS if self._listings else {}
        self._markers = list(markers.values())
        # A hashtag is a whole word: to look it up is enough.
        hashtags = [text for text in known if _HASHTAG.fullmatch(text)]
        # What is a market with its colon is no company's name.
        others = known.keys() - markers.keys() - set(hashtags)
        patterns = [*markers, *others]
        self._surfaces = [tuple(known.pop(text, ())) for text in (*patterns, *hashtags)]
        self._hashtags = {text: number for number, text in enumerate(hashtags, len(patterns))}
        self._automaton = Automaton(patterns)

    @classmethod
    def empty(cls) -> "Watchlist":
        """A list of nobody."""
        return cls([])

    @classmethod
    def read(cls, data: bytes) -> "Watchlist":
        """The list in the YAML `data`.

        Raises:
            WatchlistError: something in it breaks a rule.
        """
        return cls(parse(data), version_of(data))

    @classmethod
    def load(cls, path: Path) -> "Watchlist":
        """The list in the YAML file `path`.

        Raises:
            WatchlistError: the file cannot be read, or something in it breaks a rule.
        """
        with errors_of(path):
            return cls.read(path.read_bytes())

    def __str__(self) -> str:
        companies = "company" if self.size == 1 else "companies"
        return f"watch list {self.version or 'without a version'} of {self.size:,} {companies}"

    def find(self, cleaned: Cleaned, field: Field) -> list[Entity]:
        """Every mention in a text, in order; places count code points of the text as it came.

        Of mentions that overlap, the leftmost and then the longest counts. A surface that belongs
        to several companies is a mention of each, and one of the companies above them.
        """
        return [
            Entity(owner.id, owner.name, "ORG", "watchlist", 1, [place])
            for mention in self.mentions_in(cleaned)
            for place in (Place(field, mention.start, mention.end),)
            for owner in mention.owners
        ]

    def mentions_in(self, cleaned: Cleaned) -> Iterator[Mention]:
        """Every mention in a text, each where it stands in the text as it came.

        Of its head nothing is prose, and the handles alone are looked at.
        """
        if cleaned.head and self._has_handles:
            for mention in self.mentions(cleaned.head):
                if cleaned.head[mention.start] == "@":
                    yield mention
        if cleaned.text:
            # What stood on both sides of a link is no name together.
            for mention in self.mentions(cleaned.parted):
                start, end = cleaned.original(mention.start, mention.end)
                yield Mention(start, end, mention.owners, mention.why)

    def mentions(self, text: str) -> Iterable[Mention]:
        """Every mention in `text`, in order, each with what makes it one."""
        folded = fold(text)
        matches = self._automaton.find(folded)
        if "#" in folded:
            matches += self._hashtag_matches(folded)
        if len(matches) > 1:
            matches.sort(key=_leftmost_then_longest)
        # Most texts name nobody.
        return self._read(FoldedText(text, folded), matches) if matches else ()

    def _hashtag_matches(self, folded: str) -> Iterator[tuple[int, int, int]]:
        for tag in _HASHTAG.finditer(folded):
            number = self._hashtags.get(tag[0])
            if number is not None:
                yield number, tag.start(), tag.end()

    def _read(
        self, reading: FoldedText, matches: Iterable[tuple[int, int, int]]
    ) -> Iterator[Mention]:
        # Until where what means another reaches, by company.
        barred: dict[Owner, int] = {}
        free = 0
        for number, start, end in matches:
            if start < free:
                continue
            known = self._surfaces[number]
            if number < len(self._markers):
                found: Iterable[Mention] = self._listed(reading, self._markers[number], start, end)
            elif len(known) == 1 and not barred and (form := known[0].form):
                # The usual case by the short way: it is the larger part of the cost.
                if reached := form.end(reading, start, end):
                    free = reached
                    yield Mention(start, reached, known[0].owners, form.why)
                continue
            else:
                found = _mentions(reading, known, (start, end), barred)
            for mention in found:
                free = mention.end
                yield mention

    def _listed(
        self, reading: FoldedText, markets: frozenset[str], start: int, end: int
    ) -> Iterator[Mention]:
        for symbol, begin, finish in listed_tickers(reading, start, end):
            owners = [
                owner
                for listing, known in self._listings.get(plain(symbol), [])
                if listing.at(markets)
                for owner in known
            ]
            if owners:
                yield Mention(begin, finish, tuple(dict.fromkeys(owners)), _WHY_LISTED)


def _leftmost_then_longest(match: tuple[int, int, int]) -> tuple[int, int]:
    return match[1], -match[2]


def version_of(data: bytes) -> str:
    """What tells the content `data` of a file from every other."""
    return hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS]


def _mentions(
    reading: FoldedText,
    known: Sequence[_Surface],
    place: tuple[int, int],
    barred: dict[Owner, int],
) -> list[Mention]:
    start, end = place
    best, owners, why = 0, dict[Owner, None](), ""
    for surface in known:
        company = surface.owners[0]
        if surface.form is None:
            if stands_alone(reading.folded, start, end):
                barred[company] = max(end, barred.get(company, 0))
            continue
        reached = surface.form.end(reading, start, end)
        if reached is None or reached < best or (barred and start < barred.get(company, 0)):
            continue
        if reached > best:
            best, owners, why = reached, {}, surface.form.why
        owners |= dict.fromkeys(surface.owners)
    return [Mention(start, best, tuple(owners), why)] if owners else []


def _lineage(company: WatchedCompany, companies: Mapping[str, WatchedCompany]) -> tuple[Owner, ...]:
    line = {company.id: Owner(company.id, company.names[0])}
    at = company
    while at.parent is not None:
        above = companies.get(at.parent)
        if above is None:
            raise WatchlistError(
                f"entity {at.id!r}: `parent` must be an id of the list, not {at.parent!r}"
                f"{did_you_mean(at.parent, companies)}"
            )
        if above.id in line:
            raise WatchlistError(
                f"entity {company.id!r}: `parent` must not lead back to {above.id!r}"
            )
        line[above.id] = Owner(above.id, above.names[0])
        if len(line) > _MAX_LINEAGE:
            raise WatchlistError(
                f"entity {company.id!r}: at most {_MAX_LINEAGE - 1} companies may stand above one"
            )
        at = above
    return tuple(line.values())
