"""Write what came out of a replay into files: scored documents, windows, alerts and groups."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from schemas.alert import Alert, GroupAlert
from schemas.codec import decode
from schemas.scored import ScoredDocument
from schemas.times import to_millis
from schemas.window import SentimentWindow
from sources.files.row import FileError
from stream.clients.files.record_writer import check_writable, write_records
from stream.clients.replay.options import OutputFormat
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.clients.results.received import Received, decoded, decoded_alerts
from stream.kafka import read_to_end
from stream.settings import Settings


class _Result(Struct, frozen=True):
    """A kind of records: what its file is called, the time it is sorted by, and what it is."""

    name: str
    kind: type[Struct]
    time: Callable[[Any], datetime]
    identity: Callable[[Any], str]


_SCORED = _Result(
    "scored",
    ScoredDocument,
    lambda one: one.event_time,
    # Two documents may have one id, and one may be scored twice.
    lambda one: f"{one.origin.partition:06}/{one.origin.offset:020}",
)
_WINDOWS = _Result("windows", SentimentWindow, lambda one: one.end, lambda one: one.key)
_ALERTS = _Result("alerts", Alert, lambda one: one.at, lambda one: one.id)
_GROUPS = _Result("groups", GroupAlert, lambda one: one.at, lambda one: one.id)


def prepare(folder: Path, file_format: OutputFormat) -> None:
    """Make `folder`, so that what is wrong with it is told before a replay; raises `FileError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror or error}") from None
    check_writable(_path(folder, _SCORED, file_format))


async def write_results(settings: Settings, folder: Path, file_format: OutputFormat) -> None:
    """Write the results in the namespace of `settings` into `folder`, by their times, each once.

    Raises:
        FileError: a file cannot be written.
        KafkaUnavailable: no broker answers.
    """
    topics = settings.topics
    for result, topic in (
        (_SCORED, topics.scored),
        (_WINDOWS, topics.windows),
        (_ALERTS, topics.alerts),
        (_GROUPS, topics.alerts),
    ):
        with Spool() as spool:
            async for message in read_to_end(settings, topic):
                for record, value in _read(message, result.kind):
                    identity = result.identity(record).encode()
                    time = to_millis(result.time(record))
                    spool.add(SpooledRecord(time, identity, value, partition_hash=0))
            records = (decode(one.value, result.kind) for one in _each_once(spool))
            write_records(_path(folder, result, file_format), result.kind, records)


def _read(message: ConsumerRecord, kind: type[Struct]) -> Iterator[Received[Any]]:
    """What `message` holds, if it is of that `kind`: a Kafka topic has two of alerts."""
    if kind not in (Alert, GroupAlert):
        return decoded([message], kind)
    return (one for one in decoded_alerts([message]) if isinstance(one.record, kind))


def _path(folder: Path, result: _Result, file_format: OutputFormat) -> Path:
    return folder / f"{result.name}.{file_format}"


def _each_once(records: Iterable[SpooledRecord]) -> Iterator[SpooledRecord]:
    """`records`, which come by their times, each once; those of one time by their keys."""
    for _, group in groupby(records, key=lambda record: record.time):
        same = {record.key or b"": record for record in group}
        yield from (same[key] for key in sorted(same))
