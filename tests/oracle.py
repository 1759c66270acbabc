"""What must come out: a plain batch computation of windows over the log of scored records.

It shares no code with the stream but the record types and how a heartbeat is written.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas import ScoredDocument, SentimentWindow, decode
from schemas.times import EPOCH, from_millis
from schemas.window import Kind
from stream import heartbeat
from stream.records import RawRecord

SIZES = {"5m": 5, "1h": 60, "24h": 1440}
HOPS = {"5m": timedelta(minutes=1), "1h": timedelta(minutes=5), "24h": timedelta(hours=1)}
LONGEST = "24h"
# Of one document no more entities count, and no more topics.
MENTIONS = 16
MINUTE = timedelta(minutes=1)

# kind, subject, size, end -> documents, negative, neutral, positive, sum of sentiment in hundredths
Key = tuple[str, str, str, datetime]
Totals = tuple[int, int, int, int, int]


class Counted(NamedTuple):
    """A document that is in the windows, and the time at which it counts."""

    document: ScoredDocument
    time: datetime

    @property
    def minute(self) -> datetime:
        return self.time.replace(second=0, microsecond=0)


def once(documents: Iterable[ScoredDocument]) -> list[ScoredDocument]:
    """The first record of each source record: a worker that died may have scored some twice."""
    firsts: dict[tuple[str, int, int], ScoredDocument] = {}
    for document in documents:
        origin = document.origin
        firsts.setdefault((origin.topic, origin.partition, origin.offset), document)
    return list(firsts.values())


def counted(scored: Iterable[RawRecord], stale: float) -> list[Counted]:
    """The documents of the scored log that count: the first of each, unless it is stale.

    In a partition time never goes back; heartbeats move it on. `stale` is an age in seconds.
    """
    clocks: defaultdict[str, datetime] = defaultdict(lambda: EPOCH)
    begins: dict[str, datetime] = {}
    seen: set[tuple[str, int, int]] = set()
    found: list[Counted] = []
    for record in scored:
        beat = heartbeat.watermark(record.value, record.headers)
        if beat is not None:
            source, time = (record.key or b"").decode(), from_millis(beat)
            clocks[source] = max(clocks[source], time)
            if heartbeat.is_begin(record.headers):
                begins[source] = max(begins.get(source, EPOCH), time)
            continue
        document = decode(record.value or b"", ScoredDocument)
        origin = document.origin
        place = (origin.topic, origin.partition, origin.offset)
        source = f"{origin.topic}/{origin.partition}"
        if place in seen:
            continue
        seen.add(place)
        if document.event_time < begins.get(source, EPOCH):
            continue
        time = clocks[source] = max(clocks[source], document.event_time)
        if not document.stale and time - document.published_at <= timedelta(seconds=stale):
            found.append(Counted(document, time))
    return found


def windows(documents: Iterable[Counted], kinds: Collection[Kind]) -> dict[Key, Totals]:
    """Every window of `kinds` that is emitted, with what it holds."""
    by_key: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for one in sorted(documents, key=when):
        for key in subjects(one.document, kinds):
            by_key[key].append(one)
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


def subjects(document: ScoredDocument, kinds: Collection[Kind]) -> set[tuple[str, str]]:
    """The window keys, of `kinds`, that a document counts for."""
    keys = {("all", "all"), ("source", document.source)}
    keys |= {("topic", topic.id) for topic in document.topics[:MENTIONS]}
    entities = dict.fromkeys(one.id for one in document.entities if one.origin != "model")
    keys |= {("entity", name) for name in list(entities)[:MENTIONS]}
    return {key for key in keys if key[0] in kinds}


def ends(documents: Iterable[Counted], size: str) -> set[datetime]:
    """When a window is emitted: documents came since its end before.

    And once when the key has fallen silent: the longest, when nothing is left in it.
    """
    times = sorted({one.minute for one in documents})
    new = {_end(time + MINUTE, size) for time in times}
    if size != LONGEST:
        return new
    length = SIZES[size] * MINUTE
    emptied = {_end(time + MINUTE + length, size) for time in times}
    return new | {end for end in emptied if not _between(times, end - length, end)}


def _end(time: datetime, size: str) -> datetime:
    """The first end of a window that is not before `time`."""
    return time + (EPOCH - time) % HOPS[size]


def _between(times: Sequence[datetime], start: datetime, end: datetime) -> bool:
    first = bisect_left(times, start)
    return first < len(times) and times[first] < end


def totals(documents: Sequence[Counted], start: datetime, end: datetime) -> Totals:
    """What the documents, in order of time, from `start` to `end`, exclusive, come to."""
    first = bisect_left(documents, start, key=when)
    inside = documents[first : bisect_left(documents, end, key=when)]
    labels = [one.document.sentiment.label for one in inside]
    return (
        len(inside),
        labels.count("negative"),
        labels.count("neutral"),
        labels.count("positive"),
        sum(hundredths(one.document) for one in inside),
    )


def when(one: Counted) -> datetime:
    """The time that counts."""
    return one.time


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
