"""What must have come of a schedule, worked out from the scored log alone, in one go."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import cast

from schemas import ScoredDocument, SentimentWindow, decode, encode
from schemas.alert import Alert, AnyAlert, Evidence
from schemas.deadletter import dead_letter_topic, original_headers
from schemas.times import to_millis
from schemas.window import Kind
from stream import heartbeat
from stream.counting.updates import ROUTINE
from stream.grouping.grouping import Grouping
from stream.records import RawRecord
from stream.settings import Settings
from stream.windows.alarm_budget import AlarmBudget
from stream.windows.buckets import SECOND, Bucket, Size
from stream.windows.cells import Cell, EvidenceRow, Spread
from stream.windows.key_evaluation import SECONDS_A_DAY, judge_key
from tests import oracle
from tests.oracle import Counted
from tests.simulation.broker import Broker, is_marker
from tests.simulation.documents import END


def wrong(settings: Settings, broker: Broker) -> Iterator[str]:
    """What is wrong, a line each."""
    yield from _lost(settings, broker)
    yield from _mixed_stories(settings, broker)
    documents = oracle.counted(broker.topic(settings.topics.scored), settings.stale)
    yield from compare(
        "window", windows(settings, documents), last(broker.topic(settings.topics.windows))
    )
    found = {r.value: r.value for r in broker.topic(settings.topics.alerts) if r.value}
    expected = {value: value for value in map(encode, alerts(settings, documents))}
    yield from compare("alert", expected, found)


def nervous_budget(settings: Settings) -> AlarmBudget:
    """A budget that half of what is unusual is within, once there were few tests."""
    return AlarmBudget(settings.alarms_per_day, largest=0.5)


def counts(settings: Settings, broker: Broker) -> dict[str, int]:
    """How much there was of what makes a schedule hard."""
    topics = settings.topics
    scored = [r for r in broker.topic(topics.scored) if r.value is not None]
    documents = oracle.counted(broker.topic(topics.scored), settings.stale)
    origins = {decode(record.value or b"", ScoredDocument).origin for record in scored}
    return {
        "scored": len(origins),
        "scored more than once": len(scored) - len(origins),
        "moved documents": sum(one.time != one.document.event_time for one in documents),
        "stale documents": len(origins) - len(documents),
        "Kafka topics that began late": sum(
            heartbeat.is_begin(record.headers) for record in broker.topic(topics.scored)
        ),
        "windows": len(broker.topic(topics.windows)),
        "alerts": len(broker.topic(topics.alerts)),
        "alerts of groups": sum(r.key == b"group:companies" for r in broker.topic(topics.alerts)),
        "dead letters": sum(len(broker.topic(dead_letter_topic(t))) for t in settings.input_topics),
    }


def windows(settings: Settings, documents: Iterable[Counted]) -> dict[bytes, bytes]:
    """Every window by its Kafka key, as the oracle counts it."""
    subjects: defaultdict[tuple[str, str], list[Counted]] = defaultdict(list)
    for one in sorted(documents, key=oracle.when):
        for subject in oracle.subjects(one.document, settings.kinds):
            subjects[subject].append(one)
    found = (
        window
        for (kind, subject), some in subjects.items()
        for window in _windows(kind, subject, some)
    )
    return {window.key.encode(): encode(window) for window in found}


def _windows(kind: str, subject: str, some: list[Counted]) -> Iterator[SentimentWindow]:
    for size, minutes in oracle.SIZES.items():
        for end in oracle.ends(some, size):
            start = end - minutes * oracle.MINUTE
            count, negative, neutral, positive, lean = oracle.totals(some, start, end)
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
            )


def alerts(settings: Settings, documents: Iterable[Counted]) -> list[AnyAlert]:
    """The alerts of keys that are judged once, and put together, when all is known."""
    until = to_millis(END) // SECOND
    return Grouping(settings.grouping).publish(_judged(settings, documents, until), until)


def _judged(settings: Settings, documents: Iterable[Counted], until: int) -> Iterator[Alert]:
    keys: defaultdict[str, list[Counted]] = defaultdict(list)
    for one in documents:
        for kind, subject in oracle.subjects(one.document, settings.kinds):
            keys[f"{kind}:{subject}"].append(one)
    seconds = {key: _seconds(key, some) for key, some in keys.items()}
    tests: Counter[int] = Counter()
    for cells in seconds.values():
        tests.update(second // SECONDS_A_DAY for second, cell in cells.items() if cell.texts)
    budget = nervous_budget(settings)
    budget.tests = tests
    for key, cells in seconds.items():
        yield from judge_key(settings.spike, budget, key, cells, until)


def _seconds(key: str, documents: Iterable[Counted]) -> dict[int, Cell]:
    seconds: defaultdict[int, list[ScoredDocument]] = defaultdict(list)
    for one in documents:
        seconds[to_millis(one.time) // SECOND].append(one.document)
    return {second: _cell(key, some) for second, some in seconds.items()}


def _cell(key: str, documents: list[ScoredDocument]) -> Cell:
    negative = [one for one in documents if one.sentiment.label == "negative"]
    news = [one for one in negative if one.mould is None or one.mould.seen < ROUTINE]
    positive = sum(one.sentiment.label == "positive" for one in documents)
    lean = sum(map(oracle.hundredths, documents))
    return Cell(
        Bucket(len(documents), len(negative), positive, lean),
        sorted({_distinct_text(key, one) for one in news}),
        _best(news),
        _spread(news),
    )


def _distinct_text(key: str, document: ScoredDocument) -> str:
    if document.mould:
        return document.mould.id
    watched = [one.id for one in document.entities if one.origin != "model"]
    if watched and not key.startswith("entity:"):
        return watched[0]
    return document.story or ""


def _evidence(document: ScoredDocument) -> Evidence:
    return Evidence(
        id=document.id,
        text=document.text,
        negative=document.sentiment.negative,
        published_at=document.published_at,
        source=document.source,
        arrived_at=document.event_time,
    )


def _best(documents: Iterable[ScoredDocument]) -> list[EvidenceRow]:
    """The three most negative, one of each story."""
    best: dict[str, EvidenceRow] = {}
    for row in sorted(map(_row, documents), key=_rank):
        best.setdefault(row.story, row)
    return list(best.values())[:3]


def _spread(documents: Iterable[ScoredDocument]) -> list[Spread]:
    """The three stories that came most often."""
    seen: dict[str, int] = {}
    for one in documents:
        seen[one.story or ""] = max(seen.get(one.story or "", 0), one.novelty.seen)
    rows = (Spread(count, story) for story, count in seen.items() if count)
    return sorted(rows, key=lambda row: (-row.seen, row.story))[:3]


def _rank(row: EvidenceRow) -> tuple[float, int, str, str]:
    return -row.negative, row.seen, row.record, row.story


def _row(document: ScoredDocument) -> EvidenceRow:
    record = encode(_evidence(document)).decode()
    story, seen = document.story or "", document.novelty.seen
    return EvidenceRow(document.sentiment.negative, story, seen, record)


def last(records: Iterable[RawRecord]) -> dict[bytes, bytes]:
    """What compaction leaves."""
    return {record.key or b"": record.value or b"" for record in records}


def compare(what: str, expected: dict[bytes, bytes], found: dict[bytes, bytes]) -> Iterator[str]:
    """What differs, a line each."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield f"{what}: expected {expected.get(key)!r}, found {found.get(key)!r}"


def _lost(settings: Settings, broker: Broker) -> Iterator[str]:
    inputs = [
        record
        for topic in settings.input_topics
        for record in broker.topic(topic)
        if not is_marker(record)
    ]
    for record in inputs:
        # What has no value is a heartbeat, or asks for a deletion.
        is_document = record.value is not None
        if is_document and (record.topic, record.partition, record.offset) not in broker.produced:
            yield f"{record.source_partition} {record.offset} never came out"
    letters = {
        letter
        for topic in settings.input_topics
        for letter in map(_as_sent, broker.topic(dead_letter_topic(topic)))
    }
    for letter in letters - set(map(_as_sent, inputs)):
        yield f"a dead letter is not what came in: {letter}"


def _mixed_stories(settings: Settings, broker: Broker) -> Iterator[str]:
    """Texts of a schedule are copies to the letter, or have little in common."""
    records = [record.value for record in broker.topic(settings.topics.scored) if record.value]
    pairs = {(one.text, one.story) for one in (decode(r, ScoredDocument) for r in records)}
    for what, some in (
        ("text", Counter(t for t, _ in pairs)),
        ("story", Counter(s for _, s in pairs)),
    ):
        yield from (f"{what} {name!r} goes with several" for name, n in some.items() if n > 1)


def _as_sent(record: RawRecord) -> tuple[bytes | None, bytes | None, str]:
    return record.key, record.value, repr(original_headers(record.headers))
