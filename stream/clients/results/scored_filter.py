"""Which scored documents somebody wants to see."""

from collections.abc import Set as AbstractSet

from msgspec import Struct

from schemas.scored import Label, ScoredDocument


class ScoredFilter(Struct, frozen=True):
    """Takes documents that have one of each; what is empty takes all.

    companies: ids or names of entities that the watch list found or the sender gave, in any letter
    case. topics: ids of topics.
    """

    companies: AbstractSet[str] = frozenset()
    sentiments: AbstractSet[Label] = frozenset()
    topics: AbstractSet[str] = frozenset()

    def takes(self, document: ScoredDocument) -> bool:
        """Whether `document` is wanted."""
        return (
            (not self.sentiments or document.sentiment.label in self.sentiments)
            and (not self.topics or any(one.id in self.topics for one in document.topics))
            and (not self.companies or not self._companies.isdisjoint(known_as(document)))
        )

    @property
    def _companies(self) -> set[str]:
        return {company.casefold() for company in self.companies}


def known_as(document: ScoredDocument) -> set[str]:
    """What the companies of `document` are called, without letter case."""
    known = [one for one in document.entities if one.origin != "model"]
    return {text.casefold() for one in known for text in (one.id, one.name)}
