"""The companies and topics of documents that were looked at: somebody may have meant one."""

from collections.abc import Iterable

from schemas.scored import ScoredDocument
from schemas.suggestion import did_you_mean
from stream.clients.results.scored_filter import ScoredFilter, known_as

# Names remembered of each kind: senders make up as many as they like.
_MAX_NAMES = 10_000


class SeenNames:
    """Remembers what documents name."""

    def __init__(self) -> None:
        self._companies: set[str] = set()
        self._topics: set[str] = set()

    def add(self, document: ScoredDocument) -> None:
        """Remember the companies and topics of `document`, while there is room."""
        if len(self._companies) < _MAX_NAMES:
            self._companies |= known_as(document)
        if len(self._topics) < _MAX_NAMES:
            self._topics |= {topic.id for topic in document.topics}

    def near(self, wanted: ScoredFilter) -> str:
        """The end of a sentence about a filter with a name that no document has; or nothing."""
        companies = (one.casefold() for one in wanted.companies)
        return _near(companies, self._companies) or _near(wanted.topics, self._topics)


def _near(wanted: Iterable[str], known: set[str]) -> str:
    # In an order of their own the same mistake has the same answer.
    unknown = sorted(set(wanted) - known)
    return next(filter(None, (did_you_mean(name, sorted(known)) for name in unknown)), "")
