"""Read the records to replay, from a file or from a Kafka topic, into a spool."""

from collections.abc import AsyncIterator, Iterator

import orjson

from schemas.times import to_millis
from stream.clients.files.reader import read_rows
from stream.clients.replay.options import ReplayOptions
from stream.clients.replay.records import event_time, record_key
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.kafka import read_to_end
from stream.settings import Settings


async def read_source(spool: Spool, settings: Settings, options: ReplayOptions) -> None:
    """Add the records of the source that are in the range asked for to `spool`.

    Raises:
        FileError: the file cannot be read.
        RowError: a row of it cannot be read.
    """
    if options.topic is None:
        for record in _file_records(options):
            spool.add(record)
    else:
        async for record in _topic_records(settings, options.topic, options):
            spool.add(record)


def _file_records(options: ReplayOptions) -> Iterator[SpooledRecord]:
    for row in read_rows(options.source, options.fields):
        value = orjson.dumps(row)
        time = event_time(value, (), 0)
        if _in_range(time, options):
            yield SpooledRecord(time, record_key(row.get("id")), value)


async def _topic_records(
    settings: Settings, topic: str, options: ReplayOptions
) -> AsyncIterator[SpooledRecord]:
    async for message in read_to_end(settings, topic):
        if _in_range(message.timestamp, options):
            time = event_time(message.value, message.headers, message.timestamp)
            yield SpooledRecord(time, message.key, message.value, list(message.headers))


def _in_range(time: int, options: ReplayOptions) -> bool:
    after = options.start is None or time >= to_millis(options.start)
    return after and (options.end is None or time < to_millis(options.end))
