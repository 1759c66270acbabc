"""Read the records to replay, from a file or from a Kafka topic, into a spool."""

import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from aiokafka import ConsumerRecord
from msgspec.structs import replace

from schemas.codec import InvalidRecord, shown
from schemas.times import to_millis
from sources.files.row import OnError, Row, RowError
from sources.mapping.mapper import NOWHERE
from sources.mapping.source_mapping import SourceMapping
from sources.mapping.values import TIME_FIELDS
from stream.clients.files.documents import read_documents
from stream.clients.replay.options import ReplayError, ReplayOptions
from stream.clients.replay.records import partition_hash, row_time
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.decoders import Formats
from stream.decoders.content import Deletion
from stream.formats import decode_message, open_formats
from stream.kafka import read_to_end
from stream.records import AS_DOCUMENT, document_key
from stream.settings import Settings

log = logging.getLogger(__name__)


async def read_source(spool: Spool, settings: Settings, options: ReplayOptions) -> int:
    """Add the records of the source that are in the range asked for to `spool`.

    None has a time after now, so that the replay has an end: what a file dates later is sent last.
    Gives how many rows of a file cannot be read; the log says of each why.

    Raises:
        FileError: the file cannot be read.
        ReplayError: its rows have no times, and no rate is given.
        KafkaUnavailable: no broker answers.
        NothingThere: there is no such Kafka topic.
        RegistryUnavailable: records need a schema, and the registry does not answer.
    """
    now = int(time.time() * 1000)
    unread = 0

    def count(error: RowError) -> None:
        nonlocal unread
        unread += 1
        log.warning("not replayed: %s", error)

    if options.topic is None:
        for record in _file_records(options, now, count):
            spool.add(record)
    else:
        async for record in _topic_records(settings, options.topic, options, now):
            spool.add(record)
    return unread


def _file_records(options: ReplayOptions, now: int, on_error: OnError) -> Iterator[SpooledRecord]:
    if (rate := options.rate) is None:
        timed = _by_own_times(_documents(options, on_error), now)
    else:
        options = replace(options, mapping=_without_times(options.mapping))
        timed = _by_order(options, rate, now, on_error)
    for at, row in timed:
        if _in_range(at, options):
            value = orjson.dumps(row)
            where = partition_hash(value, row)
            yield SpooledRecord(at, document_key(row), value, where, AS_DOCUMENT)


def _documents(options: ReplayOptions, on_error: OnError) -> Iterator[Row]:
    return read_documents(Path(options.source), options.mapping, options.file_format, on_error)


def _without_times(mapping: SourceMapping) -> SourceMapping:
    """`mapping` without the times of rows, which would make them stale, or be ahead."""
    return replace(mapping, fields={**mapping.fields, **dict.fromkeys(TIME_FIELDS, NOWHERE)})


def _by_own_times(rows: Iterable[Row], now: int) -> Iterator[tuple[int, Row]]:
    """Each row with its time; one without stays where it is in the file."""
    before = None
    for row in rows:
        said = row_time(row)
        before = before if said is None else _bounded(said, now)
        if before is None:
            raise ReplayError(
                f"the first row has no time: {shown(row)}; --field published_at=COLUMN says where"
                " times are, or --rate 10 replays the rows in their order, ten a second"
            )
        yield before, row


def _by_order(
    options: ReplayOptions, rate: float, now: int, on_error: OnError
) -> Iterator[tuple[int, Row]]:
    """Each row with a time by its place; the last one is now."""
    first = now - int(1000 * sum(1 for _ in _documents(options, _ignore)) / rate)
    if first < 0:
        raise ReplayError(f"at a rate of {rate:g} a second the rows would begin before 1970")
    for number, row in enumerate(_documents(options, on_error), 1):
        yield min(now, first + int(1000 * number / rate)), row


def _ignore(_: RowError) -> None:
    """What is wrong is told when the rows are read for good."""


async def _topic_records(
    settings: Settings, topic: str, options: ReplayOptions, now: int
) -> AsyncIterator[SpooledRecord]:
    async with open_formats(settings) as formats:
        async for message in read_to_end(settings, topic):
            at = _bounded(message.timestamp, now)
            # Neither a deletion nor a heartbeat is a document: the clock of a replay is its own.
            with suppress(Deletion):
                if _in_range(at, options):
                    content = await _content(formats, message)
                    where = partition_hash(message.value, content)
                    headers = list(message.headers)
                    yield SpooledRecord(at, message.key, message.value, where, headers)


async def _content(formats: Formats, message: ConsumerRecord) -> Any:
    """What a record holds; none when it is of no format, which is for the worker to say."""
    try:
        return (await decode_message(formats, message)).value
    except InvalidRecord:
        return None


def _bounded(at: int, now: int) -> int:
    # A Kafka record without a time has -1.
    return min(max(at, 0), now)


def _in_range(at: int, options: ReplayOptions) -> bool:
    after = options.start is None or at >= to_millis(options.start)
    return after and (options.end is None or at < to_millis(options.end))
