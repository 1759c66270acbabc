"""Scored records in order of time: those of a file, or of a Kafka topic."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR
from pathlib import Path

import msgspec

from schemas.codec import InvalidRecord, convert, decode
from schemas.scored import ScoredDocument
from schemas.times import isoformat
from sources.files.file_format import FileFormat
from sources.files.lines import Lines
from sources.files.reader import ending_of, open_text, read_rows
from sources.files.row import OnError, RowError
from stream import heartbeat
from stream.backtest.placement import Placement
from stream.backtest.time_order import Placed, in_time_order
from stream.clients.replay.options import KAFKA_PREFIX
from stream.clients.replay.spool import Spool, SpooledRecord
from stream.kafka import read_to_end
from stream.settings import Settings
from stream.windows.buckets import SECOND

_JSON_LINES = (".jsonl", ".ndjson")

# Alerts are dated days after the last record, which must lie in the calendar, too.
_LAST_YEAR = MAXYEAR - 1

_decode = msgspec.json.Decoder(ScoredDocument).decode


class ScoredLog:
    """The records of a file, read anew each time; `placement` counts those read last."""

    def __init__(self, path: Path, stale_after: int, on_error: OnError) -> None:
        self._path = path
        self._stale_after = stale_after
        self._on_error = on_error
        self.placement = Placement(stale_after)

    def __iter__(self) -> Iterator[Placed]:
        self.placement = Placement(self._stale_after)
        return in_time_order(self._placed(self.placement))

    def _placed(self, placement: Placement) -> Iterator[Placed]:
        for document in read_scored_file(self._path, self._on_error):
            second = placement.second_of(document)
            if second is not None:
                yield Placed(second, document)


class TopicLog:
    """The records of a Kafka topic, which lie in a `spool` by the time at which they count."""

    def __init__(self, spool: Spool, placement: Placement) -> None:
        self._spool = spool
        self.placement = placement

    def __iter__(self) -> Iterator[Placed]:
        return (Placed(one.time // SECOND, _decode(one.value)) for one in self._spool)


@contextmanager
def open_log(settings: Settings, source: str, on_error: OnError) -> Iterator[ScoredLog | TopicLog]:
    """The scored records of `source`: a file, or `kafka:<topic>`.

    `on_error` is called with each that cannot be read; when it returns, the next is read.

    Raises:
        FileError: the file cannot be read.
        KafkaUnavailable: no broker answers.
        NothingThere: there is no such Kafka topic.
    """
    stale_after = int(settings.stale * SECOND)
    if not source.startswith(KAFKA_PREFIX):
        yield ScoredLog(Path(source), stale_after, on_error)
        return
    with Spool() as spool:
        placement = Placement(stale_after)
        topic = source.removeprefix(KAFKA_PREFIX)
        asyncio.run(_read_topic(settings, topic, spool, placement, on_error))
        yield TopicLog(spool, placement)


def read_scored_file(path: Path, on_error: OnError) -> Iterator[ScoredDocument]:
    """The scored records of a file in its order; raises as `open_log` does."""
    if ending_of(path) in _JSON_LINES:
        yield from _read_lines(path, on_error)
        return
    with read_rows(path, None, on_error) as rows:
        for row in rows:
            try:
                # Tables have a cell, though an empty one, for each field.
                given = {name: value for name, value in row.items() if value is not None}
                document = _checked(convert(given, ScoredDocument))
            except InvalidRecord as error:
                on_error(rows.error(error))
            else:
                yield document


def _read_lines(path: Path, on_error: OnError) -> Iterator[ScoredDocument]:
    file_format = FileFormat(has_options=False)
    with open_text(path, file_format) as stream:
        lines = Lines(stream, path.name, file_format)
        for line in _each(lines, on_error):
            try:
                document = _read_line(line)
            except InvalidRecord as error:
                on_error(lines.error(error))
            else:
                yield document


def _read_line(line: bytes) -> ScoredDocument:
    try:
        document = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # By what reads records from Kafka, which says better what is wrong.
        document = decode(line, ScoredDocument)
    return _checked(document)


def _checked(document: ScoredDocument) -> ScoredDocument:
    if document.event_time.year > _LAST_YEAR:
        at = isoformat(document.event_time)
        raise InvalidRecord(f"a record must have arrived by the year {_LAST_YEAR}, not {at}")
    return document


def _each(lines: Lines, on_error: OnError) -> Iterator[bytes]:
    while True:
        try:
            yield next(lines)
        except StopIteration:
            return
        except RowError as error:
            on_error(error)


async def _read_topic(
    settings: Settings, topic: str, spool: Spool, placement: Placement, on_error: OnError
) -> None:
    async for message in read_to_end(settings, topic):
        watermark = heartbeat.watermark(message.value, message.headers)
        if watermark is not None:
            source = (message.key or b"").decode("utf-8", "replace")
            placement.beat(source, watermark, begin=heartbeat.is_begin(message.headers))
            continue
        try:
            document = _checked(decode(message.value or b"", ScoredDocument))
        except InvalidRecord as error:
            where = f"{message.topic} {message.partition}:{message.offset}"
            on_error(RowError(f"{where}: {error}"))
            continue
        second = placement.second_of(document)
        if second is not None:
            spool.add(SpooledRecord(second * SECOND, None, message.value, partition_hash=0))
