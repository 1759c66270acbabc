"""Corrections of scored documents: send them, and save them as training data."""

import logging
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas import Correction, InvalidRecord, ScoredDocument, decode, encode
from stream.kafka import Admin, NothingThere, Producer, read_to_end
from stream.records import Outgoing
from stream.scoring.reading import content
from stream.settings import Settings

log = logging.getLogger(__name__)

# A correction must not expire: it is of use for as long as its document is kept anywhere.
_TOPIC_CONFIGURATION = {"cleanup.policy": "compact"}


class CorrectedDocuments(NamedTuple):
    """The documents with a correction in force, and how many corrected ones Kafka has no more."""

    found: list[tuple[ScoredDocument, Correction]]
    missing: int


async def send_correction(settings: Settings, correction: Correction) -> Correction:
    """Send `correction` to Kafka, joined to an earlier one of the same document; gives both as one.

    Raises:
        NothingThere: nothing was scored yet, or no document with its id.
    """
    topics = settings.topics
    await _check_scored(settings, correction.id)
    async with Admin(settings) as admin:
        await admin.ensure({topics.feedback: _TOPIC_CONFIGURATION})
    # Kafka may keep the last record of a document alone: it must say all that is known by now.
    whole = _joined((await _in_force(settings)).get(correction.id), correction)
    async with Producer(settings) as producer:
        await producer.send_all([Outgoing(topics.feedback, whole.id.encode(), encode(whole))])
    return whole


async def read_corrected(settings: Settings) -> CorrectedDocuments:
    """The corrected documents; raises `NothingThere` when no correction is in force."""
    topics = settings.topics
    async with Admin(settings) as admin:
        missing = {topics.feedback, topics.scored} - await admin.names()
    if missing:
        raise NothingThere(f"there is no Kafka topic {' or '.join(sorted(missing))} yet")
    corrections = await _in_force(settings)
    if not corrections:
        raise NothingThere(f"no correction is in force in {topics.feedback}")
    documents = await _documents(settings, corrections.keys())
    found = [(documents[key], one) for key, one in corrections.items() if key in documents]
    return CorrectedDocuments(found, len(corrections) - len(found))


def _joined(before: Correction | None, now: Correction) -> Correction:
    if before is None:
        return now
    return Correction(
        id=now.id,
        sentiment=now.sentiment or before.sentiment,
        topics=before.topics if now.topics is None else now.topics,
    )


async def _check_scored(settings: Settings, document: str) -> None:
    key = document.encode()
    async for record in read_to_end(settings, settings.topics.scored):
        if record.key == key and record.value is not None:
            return
    raise NothingThere(
        f"{settings.topics.scored} has no document with the id {document!r} (any more)"
    )


def save(found: list[tuple[ScoredDocument, Correction]], path: Path) -> None:
    """Write a JSON line for each document: id, the text as the model reads it, correct labels."""
    path.write_bytes(b"".join(_lines(found)))


def _lines(found: list[tuple[ScoredDocument, Correction]]) -> Iterator[bytes]:
    for document, correction in found:
        row = {
            "id": document.id,
            "text": content(document),
            "sentiment": correction.sentiment,
            "topics": correction.topics,
        }
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


async def _in_force(settings: Settings) -> dict[str, Correction]:
    found: dict[str, Correction] = {}
    async for record in read_to_end(settings, settings.topics.feedback):
        if record.value is None:
            found.pop((record.key or b"").decode(errors="replace"), None)
            continue
        try:
            correction = decode(record.value, Correction)
        except InvalidRecord as error:
            where = f"{record.topic} {record.partition}:{record.offset}"
            log.warning("not a correction: %s: %s", where, error)
        else:
            found[correction.id] = correction
    return found


async def _documents(settings: Settings, ids: Set[str]) -> Mapping[str, ScoredDocument]:
    found = {}
    async for record in read_to_end(settings, settings.topics.scored):
        if record.value is not None and (record.key or b"").decode(errors="replace") in ids:
            document = decode(record.value, ScoredDocument)
            found[document.id] = document
    return found
