"""What companies are called: their names in the watch list, beside the ids in records."""

from collections.abc import Mapping

from petrel.console.startup import named_by
from stream.settings import Settings


class CompanyNames:
    """The name of each company of a watch list, by its id."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    @classmethod
    def load(cls, settings: Settings) -> "CompanyNames":
        """Those of the watch list that `settings` name; of nobody when they name none.

        Raises:
            WatchlistError: the file cannot be read, or breaks a rule.
        """
        from stream.watchlist.errors import errors_of
        from stream.watchlist.watchlist_file import parse

        if settings.watchlist is None:
            return cls({})
        with named_by("PETREL_WATCHLIST"), errors_of(settings.watchlist):
            companies = parse(settings.watchlist.read_bytes())
        return cls({company.id: company.names[0] for company in companies})

    def of(self, kind: str, subject: str) -> str | None:
        """The name of a company whose id is `subject`, if it is one of the list."""
        return self._names.get(subject) if kind == "entity" else None


def is_another(name: str, identity: str) -> bool:
    """Whether `name` is more than `identity` in another spelling: `Lanting Bank`, lanting-bank."""
    return _letters(name) != _letters(identity)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
