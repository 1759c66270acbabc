"""What must have come of a schedule, worked out from the scored log alone, in one go."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from bundle.text import fingerprint
from schemas import ScoredDocument, SentimentWindow, decode, encode
from schemas.alert import Alert, Evidence
from schemas.deadletter import dead_letter_topic, original_headers
from schemas.times import to_millis
from schemas.window import Kind
from stream import heartbeat
from stream.records import RawRecord
from stream.settings import Settings
from stream.windows.buckets import Bucket, Size
from stream.windows.closing import close
from stream.windows.key_snapshot import KeySnapshot
from tests import oracle
from tests.simulation.broker import Broker
from tests.simulation.documents import END

MINUTE = 60_000


class Counted(NamedTuple):
    """A document that is in the windows."""

    document: ScoredDocument
    late: bool

    @property
    def minute(self) -> int:
        return to_millis(self.document.published_at) // MINUTE


def wrong(settings: Settings, broker: Broker) -> Iterator[str]:
    """What is wrong, a line each."""
    yield from _lost(settings, broker)
    documents = list(counted(settings, broker.topic(settings.topics.scored)))
    yield from _compare("window", windows(documents), last(broker.topic(settings.topics.windows)))
    found = {r.value: r.value for r in broker.topic(settings.topics.alerts) if r.value}
    expected = {value: value for value in map(encode, alerts(settings, documents))}
    yield from _compare("alert", expected, found)


def counts(settings: Settings, broker: Broker) -> dict[str, int]:
    """How much there was of what makes a schedule hard."""
    topics = settings.topics
    scored = [r for r in broker.topic(topics.scored) if r.value is not None]
    documents = list(counted(settings, broker.topic(topics.scored)))
    origins = {decode(record.value or b"", ScoredDocument).origin for record in scored}
    return {
        "scored": len(origins),
        "scored more than once": len(scored) - len(origins),
        "late documents": sum(one.late for one in documents),
        "documents too late": len(origins) - len(documents),
        "windows": len(broker.topic(topics.windows)),
        "alerts": len(broker.topic(topics.alerts)),
        "dead letters": sum(len(broker.topic(dead_letter_topic(t))) for t in settings.input_topics),
    }


def counted(settings: Settings, scored: Iterable[RawRecord]) -> Iterator[Counted]:
    """The documents of the scored log that count: the first of each, unless it was too late."""
    clocks: defaultdict[str, float] = defaultdict(int)
    seen: set[tuple[str, int, int]] = set()
    for record in scored:
        beat = heartbeat.watermark(record.value, record.headers)
        if beat is not None:
            source = (record.key or b"").decode()
            clocks[source] = max(clocks[source], beat)
            continue
        document = decode(record.value or b"", ScoredDocument)
        origin = document.origin
        place = (origin.topic, origin.partition, origin.offset)
        if place in seen:
            continue
        seen.add(place)
        source, time = f"{origin.topic}/{origin.partition}", to_millis(document.published_at)
        end = (time // MINUTE + 1) * MINUTE
        watermark = clocks[source]
        clocks[source] = max(watermark, time - settings.lateness * 1000)
        if end + settings.grace * 1000 > watermark:
            yield Counted(document, late=end <= watermark)


def windows(documents: Iterable[Counted]) -> dict[bytes, bytes]:
    """Every window by its Kafka key, as the oracle counts it."""
    subjects: defaultdict[tuple[str, str], list[Counted]] = defaultdict(list)
    for one in sorted(documents, key=lambda one: one.document.published_at):
        for subject in oracle.subjects(one.document):
            subjects[subject].append(one)
    found = (
        window
        for (kind, subject), some in subjects.items()
        for window in _windows(kind, subject, some)
    )
    return {window.key.encode(): encode(window) for window in found}


def _windows(kind: str, subject: str, some: list[Counted]) -> Iterator[SentimentWindow]:
    documents = [one.document for one in some]
    late = [one.document for one in some if one.late]
    for size, minutes in oracle.SIZES.items():
        for end in oracle.ends(documents, size):
            start = end - minutes * oracle.MINUTE
            count, negative, neutral, positive, lean = oracle.totals(documents, start, end)
            yield SentimentWindow(
                kind=cast(Kind, kind),
                subject=subject,
                size=cast(Size, size),
                start=start,
                end=end,
                documents=count,
                negative=negative,
                neutral=neutral,
                positive=positive,
                sentiment=round(lean / count / 100, 4) if count else 0.0,
                late=oracle.totals(late, start, end)[0],
            )


def alerts(settings: Settings, documents: Iterable[Counted]) -> Iterator[Alert]:
    """The alerts of keys that are closed once, when all is known."""
    keys: defaultdict[str, list[Counted]] = defaultdict(list)
    for one in documents:
        for kind, subject in oracle.subjects(one.document):
            keys[f"{kind}:{subject}"].append(one)
    until = to_millis(END) // MINUTE
    for key, some in keys.items():
        yield from close(settings.spike, _snapshot(key, some), until, 0).alerts


def _snapshot(key: str, documents: Iterable[Counted]) -> KeySnapshot:
    buckets: defaultdict[int, Bucket] = defaultdict(Bucket)
    texts: defaultdict[int, set[str]] = defaultdict(set)
    evidence: defaultdict[int, list[Evidence]] = defaultdict(list)
    for document, _ in (one for one in documents if not one.late):
        minute = to_millis(document.published_at) // MINUTE
        label = document.sentiment.label
        buckets[minute] += Bucket(
            1, int(label == "negative"), int(label == "positive"), oracle.hundredths(document)
        )
        if label == "negative":
            texts[minute].add(_distinct_text(key, document))
            if document.novelty.first is None:
                evidence[minute].append(_evidence(document))
    return KeySnapshot(
        key=key,
        closed_until=None,
        version="",
        reads="",
        dirty_from=None,
        state=None,
        buckets=buckets,
        texts={minute: sorted(some) for minute, some in texts.items()},
        evidence={minute: _best(some) for minute, some in evidence.items()},
    )


def _distinct_text(key: str, document: ScoredDocument) -> str:
    if document.entities and not key.startswith("entity:"):
        return document.entities[0].id
    return f"{fingerprint(document.text):016x}"


def _evidence(document: ScoredDocument) -> Evidence:
    return Evidence(
        id=document.id,
        text=document.text,
        negative=document.sentiment.negative,
        published_at=document.published_at,
        source=document.source,
    )


def _best(found: Iterable[Evidence]) -> list[Evidence]:
    """The three most negative, one of each id."""
    best: dict[str, Evidence] = {}
    for one in sorted(found, key=lambda one: (-one.negative, one.id, encode(one))):
        best.setdefault(one.id, one)
    return list(best.values())[:3]


def last(records: Iterable[RawRecord]) -> dict[bytes, bytes]:
    """What compaction leaves."""
    return {record.key or b"": record.value or b"" for record in records}


def _lost(settings: Settings, broker: Broker) -> Iterator[str]:
    inputs = [record for topic in settings.input_topics for record in broker.topic(topic)]
    for record in inputs:
        is_document = heartbeat.watermark(record.value, record.headers) is None
        if is_document and (record.topic, record.partition, record.offset) not in broker.produced:
            yield f"{record.source_partition} {record.offset} never came out"
    letters = {
        letter
        for topic in settings.input_topics
        for letter in map(_as_sent, broker.topic(dead_letter_topic(topic)))
    }
    for letter in letters - set(map(_as_sent, inputs)):
        yield f"a dead letter is not what came in: {letter}"


def _as_sent(record: RawRecord) -> tuple[bytes | None, bytes | None, str]:
    return record.key, record.value, repr(original_headers(record.headers))


def _compare(what: str, expected: dict[bytes, bytes], found: dict[bytes, bytes]) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield f"{what}: expected {expected.get(key)!r}, found {found.get(key)!r}"
