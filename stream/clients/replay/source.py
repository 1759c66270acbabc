"""Read the records to replay, from a file or from a Kafka topic, into a spool."""

import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from aiokafka import ConsumerRecord

from schemas.codec import InvalidRecord
from schemas.times import to_millis
from sources.files.row import OnError, RowError
from stream.clients.files.documents import read_documents
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.records import partition_hash, record_key, row_time
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.decoders import Formats
from stream.decoders.content import Deletion
from stream.decoders.schema_cache import UnknownSchema
from stream.formats import open_formats
from stream.kafka import read_to_end
from stream.records import AS_DOCUMENT
from stream.settings import Settings

log = logging.getLogger(__name__)


async def read_source(spool: Spool, settings: Settings, options: ReplayOptions) -> int:
    """Add the records of the source that are in the range asked for to `spool`.

    None has a time after now, so that the replay has an end: what a file dates later is sent last.
    Gives how many rows of a file cannot be read; the log says of each why.

    Raises:
        FileError: the file cannot be read.
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
    before = now
    path = Path(options.source)
    for row in read_documents(path, options.fields, options.file_format, on_error):
        said = row_time(row)
        # A row without a time stays where it is in the file.
        before = at = before if said is None else _bounded(said, now)
        if _in_range(at, options):
            value = orjson.dumps(row)
            where = partition_hash(value, row)
            yield SpooledRecord(at, record_key(row.get("id")), value, where, AS_DOCUMENT)


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
    formats.begin()
    while True:
        try:
            return formats.decode(
                message.value, message.headers, topic=message.topic, key=message.key
            ).value
        except UnknownSchema as error:
            await formats.fetch([error.schema_id])
        except InvalidRecord:
            return None


def _bounded(at: int, now: int) -> int:
    # A Kafka record without a time has -1.
    return min(max(at, 0), now)


def _in_range(at: int, options: ReplayOptions) -> bool:
    after = options.start is None or at >= to_millis(options.start)
    return after and (options.end is None or at < to_millis(options.end))
