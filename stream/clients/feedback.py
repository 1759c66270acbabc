"""Corrections of scored documents: given by readers, and saved as what a trainer learns from."""

import logging
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas import Correction, InvalidRecord, ScoredDocument, decode, encode
from stream.kafka import Admin, NothingThere, Producer, read_to_end
from stream.records import Outgoing
from stream.scoring.parsing import content
from stream.settings import Settings

log = logging.getLogger(__name__)

# Corrections are of use for as long as their documents are kept anywhere: none may age away.
_CONFIGURATION = {"cleanup.policy": "compact"}


class Corrected(NamedTuple):
    """Corrections in force whose documents are still there, and how many others there are."""

    found: list[tuple[ScoredDocument, Correction]]
    gone: int


async def give(settings: Settings, correction: Correction) -> None:
    """Append `correction`; it replaces one of the same document."""
    topic = settings.topics.feedback
    async with Admin(settings) as admin:
        await admin.ensure({topic: _CONFIGURATION})
    async with Producer(settings) as producer:
        await producer.send_all([Outgoing(topic, correction.id.encode(), encode(correction))])


async def corrected(settings: Settings) -> Corrected:
    """What has been corrected, with the documents; raises `NothingThere` when nothing was."""
    topics = settings.topics
    async with Admin(settings) as admin:
        missing = {topics.feedback, topics.scored} - await admin.names()
    if missing:
        raise NothingThere(f"there is no Kafka topic {' or '.join(sorted(missing))} yet")
    wanted = await _in_force(settings)
    if not wanted:
        raise NothingThere(f"no correction is in force in {topics.feedback}")
    documents = await _documents(settings, wanted.keys())
    found = [(documents[name], wanted[name]) for name in wanted if name in documents]
    return Corrected(found, len(wanted) - len(found))


def save(found: list[tuple[ScoredDocument, Correction]], path: Path) -> None:
    """Write a row for each document: its id, what the model reads of it, and the right labels."""
    path.write_bytes(b"".join(_lines(found)))


def _lines(found: list[tuple[ScoredDocument, Correction]]) -> Iterator[bytes]:
    for document, right in found:
        row = {
            "id": document.id,
            "text": content(document),
            "sentiment": right.sentiment,
            "topics": right.topics,
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
            log.warning("no correction at %s: %s", where, error)
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
