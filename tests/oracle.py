"""What must come out: a plain batch computation of windows over scored documents.

It shares no code with the stream but the record types. Documents are those that came on time.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from schemas import ScoredDocument, SentimentWindow

SIZES = {"5m": 5, "1h": 60, "24h": 1440}
MINUTE = timedelta(minutes=1)

# kind, subject, size, end -> documents, negative, neutral, positive, sum of sentiment in hundredths
Key = tuple[str, str, str, datetime]
Totals = tuple[int, int, int, int, int]


def once(documents: Iterable[ScoredDocument]) -> list[ScoredDocument]:
    """The first record of each source record: a worker that died may have scored some twice."""
    firsts: dict[tuple[str, int, int], ScoredDocument] = {}
    for document in documents:
        origin = document.origin
        firsts.setdefault((origin.topic, origin.partition, origin.offset), document)
    return list(firsts.values())


def windows(documents: Iterable[ScoredDocument]) -> dict[Key, Totals]:
    """Every window that changes at its end, with what it holds there."""
    by_key: dict[tuple[str, str], list[ScoredDocument]] = defaultdict(list)
    for document in sorted(documents, key=published):
        for key in subjects(document):
            by_key[key].append(document)
    return {
        (kind, subject, size, end): totals(found, end - SIZES[size] * MINUTE, end)
        for (kind, subject), found in by_key.items()
        for size in SIZES
        for end in ends(found, size)
    }


def emitted(found: Iterable[SentimentWindow]) -> dict[Key, Totals]:
    """The same of windows that were emitted: the last of each counts."""
    return {
        (one.kind, one.subject, one.size, one.end): (
            one.documents,
            one.negative,
            one.neutral,
            one.positive,
            round(one.sentiment * one.documents * 100),
        )
        for one in found
    }


def subjects(document: ScoredDocument) -> set[tuple[str, str]]:
    """The window keys a document counts for."""
    keys = {("all", "all"), ("source", document.source)}
    keys |= {("topic", topic.id) for topic in document.topics}
    return keys | {("entity", one.id) for one in document.entities if one.origin != "model"}


def ends(documents: Iterable[ScoredDocument], size: str) -> set[datetime]:
    """When a window changes: a minute is added to it, or leaves it."""
    closes = {minute(document) + MINUTE for document in documents}
    return closes | {close + SIZES[size] * MINUTE for close in closes}


def totals(documents: Sequence[ScoredDocument], start: datetime, end: datetime) -> Totals:
    """What the documents, in order of time, from `start` to `end`, exclusive, come to."""
    first = bisect_left(documents, start, key=published)
    inside = documents[first : bisect_left(documents, end, key=published)]
    labels = [document.sentiment.label for document in inside]
    return (
        len(inside),
        labels.count("negative"),
        labels.count("neutral"),
        labels.count("positive"),
        sum(hundredths(document) for document in inside),
    )


def published(document: ScoredDocument) -> datetime:
    """The time that counts."""
    return document.published_at


def minute(document: ScoredDocument) -> datetime:
    """The minute a document was published in."""
    return document.published_at.replace(second=0, microsecond=0)


def hundredths(document: ScoredDocument) -> int:
    """Positive minus negative probability."""
    return round(100 * (document.sentiment.positive - document.sentiment.negative))


def differences(expected: dict[Key, Totals], found: dict[Key, Totals]) -> Iterator[str]:
    """What is wrong, a line each; the sum of sentiment may be off by what rounding a mean costs."""
    for key in expected.keys() | found.keys():
        one, other = expected.get(key), found.get(key)
        if one is None or other is None or not _same(one, other):
            yield f"{key}: expected {one}, found {other}"


def _same(one: Totals, other: Totals) -> bool:
    return one[:4] == other[:4] and abs(one[4] - other[4]) <= 1 + 0.01 * one[0]
