"""A company of the watch list, as the file has it."""

from typing import Literal

from msgspec import Struct

# By its spelling alone, by its letter case too, or only where something beside it says company.
Match = Literal["always", "case", "context"]
MATCHES: tuple[Match, ...] = ("always", "case", "context")


class WatchedCompany(Struct, frozen=True):
    """One company of the list: whatever text it is known by.

    `match` says of some names how they are looked for; the others are judged by what they are.
    `exclusions` hold names of this company that mean another. A mention is one of the company
    whose id is `parent` too.
    """

    id: str
    names: list[str]
    aliases: list[str] = []
    tickers: list[str] = []
    handles: list[str] = []
    isins: list[str] = []
    figis: list[str] = []
    rics: list[str] = []
    exclusions: list[str] = []
    match: dict[str, Match] = {}
    parent: str | None = None

    @property
    def surfaces(self) -> int:
        """How many names, tickers, codes, handles and exclusions it has."""
        known = (*self.names, *self.aliases, *self.tickers, *self.handles, *self.exclusions)
        return len(known) + len(self.isins) + len(self.figis) + len(self.rics)
