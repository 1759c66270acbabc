"""What came of a fault run, by counting, and whether it equals what the oracle works out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from typing import Final, Literal, NamedTuple

import orjson

from schemas import DeadLetterHeaders, ScoredDocument, decode, encode
from schemas.deadletter import dead_letter_topic
from schemas.times import to_millis
from stream.kafka import read_to_end
from stream.records import RawRecord
from stream.settings import Settings
from tests import oracle
from tests.simulation import verdict as simulation

ALL: Final = "all delivered"
MORE: Final = "more than sent"
LESS: Final = "less than sent"

Name = Literal["all delivered", "more than sent", "less than sent"]
Place = tuple[str, int, int]


class Verdict(NamedTuple):
    """What was sent and delivered, and how many windows and alerts are not as they must be.

    repeats: scored records beyond one for each document, which a subscriber knows by their origin.
    stale: documents that are in no window. differences: the wrong windows and alerts, a line each.
    """

    name: Name
    sent: int
    delivered: int
    repeats: int
    windows: int
    wrong_windows: int
    alerts: int
    wrong_alerts: int
    stale: int
    differences: list[str]


async def judge(settings: Settings) -> Verdict:
    """Count all that Kafka holds of a run that is over."""
    topics = settings.topics
    sent = {
        place(record): record
        for topic in settings.input_topics
        for record in await records(settings, topic)
        if _is_document(record)
    }
    scored = await records(settings, topics.scored)
    delivered = _scored(scored)
    documents = len(delivered)
    repeats = sum(_is_document(record) for record in scored) - documents
    letters = await _dead_letters(settings)
    altered = {where for where, values in letters.items() if values != _value(sent, where)}
    altered |= set(_misdated(sent, scored))
    for where, values in letters.items():
        delivered[where] |= values
    counted = oracle.counted(scored, settings.stale)
    windows = simulation.windows(settings, counted)
    found = simulation.last(await records(settings, topics.windows))
    alerts = set(map(encode, simulation.alerts(settings, counted)))
    told = {record.value or b"" for record in await records(settings, topics.alerts)}
    wrong_windows = list(simulation.compare("window", windows, found))
    wrong_alerts = list(simulation.compare("alert", _by_value(alerts), _by_value(told)))
    return Verdict(
        name=_name(sent.keys(), delivered, altered),
        sent=len(sent),
        delivered=len(delivered),
        repeats=repeats,
        windows=len(windows),
        wrong_windows=len(wrong_windows),
        alerts=len(alerts),
        wrong_alerts=len(wrong_alerts),
        stale=documents - len(counted),
        differences=wrong_windows + wrong_alerts,
    )


async def records(settings: Settings, topic: str) -> list[RawRecord]:
    """All records of a Kafka topic, those of a partition in order."""
    return [
        RawRecord(
            topic=one.topic,
            partition=one.partition,
            offset=one.offset,
            timestamp=one.timestamp,
            key=one.key,
            value=one.value,
            headers=list(one.headers),
        )
        async for one in read_to_end(settings, topic)
    ]


def place(record: RawRecord) -> Place:
    """Where a record stands in Kafka."""
    return record.topic, record.partition, record.offset


def _by_value(values: Set[bytes]) -> dict[bytes, bytes]:
    return {value: value for value in values}


def _is_document(record: RawRecord) -> bool:
    # What has no value is a heartbeat, or asks for a deletion.
    return record.value is not None


def _scored(scored: list[RawRecord]) -> defaultdict[Place, set[object]]:
    """By where it came from, under which ids and texts a document was scored: one, if all is well.

    That it was scored twice is no matter: its origin says so.
    """
    found: defaultdict[Place, set[object]] = defaultdict(set)
    for record in scored:
        if _is_document(record):
            document = decode(record.value or b"", ScoredDocument)
            origin = document.origin
            found[origin.topic, origin.partition, origin.offset].add((document.id, document.text))
    return found


def _value(sent: Mapping[Place, RawRecord], where: Place) -> set[object]:
    return {sent[where].value} if where in sent else set()


def _misdated(sent: Mapping[Place, RawRecord], scored: list[RawRecord]) -> Iterator[Place]:
    """Where documents came from that were scored under another time than that they have."""
    for record in filter(_is_document, scored):
        document = decode(record.value or b"", ScoredDocument)
        where = document.origin.topic, document.origin.partition, document.origin.offset
        if where in sent and _times(document) != _times_of(sent[where]):
            yield where


def _times(document: ScoredDocument) -> tuple[int, int]:
    return to_millis(document.published_at), to_millis(document.event_time)


def _times_of(record: RawRecord) -> tuple[int, int]:
    said = orjson.loads(record.value or b"").get("published_at")
    published = to_millis(datetime.fromisoformat(said)) if said else record.timestamp
    return published, record.timestamp


async def _dead_letters(settings: Settings) -> Mapping[Place, set[object]]:
    found: defaultdict[Place, set[object]] = defaultdict(set)
    for topic in (*settings.input_topics, settings.topics.scored):
        for record in await records(settings, dead_letter_topic(topic)):
            why = DeadLetterHeaders.from_kafka(record.headers)
            found[why.topic, why.partition, why.offset].add(record.value)
    return found


def _name(sent: Set[Place], delivered: Mapping[Place, set[object]], altered: set[Place]) -> Name:
    if sent - delivered.keys():
        return LESS
    many = {where for where, values in delivered.items() if len(values) > 1}
    return MORE if many or altered or delivered.keys() - sent else ALL
