"""Send documents from a file or from standard input to a Kafka topic."""

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import orjson
from aiokafka.errors import MessageSizeTooLargeError
from msgspec import Struct

from schemas.codec import InvalidRecord
from sources.files.blocks import BLOCK_BYTES, can_be_peeked
from sources.files.encoding import in_utf8
from sources.files.file_format import FileFormat
from sources.files.json_row import json_row
from sources.files.lines import Lines
from sources.files.reader import ending_of, open_text, read_stream
from sources.files.row import OnError, Row, RowError
from sources.mapping.source_mapping import SourceMapping
from stream.clients.background_reader import BackgroundReader
from stream.clients.files.documents import documents_of, read_documents
from stream.clients.files.piped import piped_format
from stream.clients.files.row_mapper import RowMapper
from stream.decoders import Formats
from stream.decoders.content import Deletion
from stream.kafka import Producer
from stream.records import AS_DOCUMENT, Outgoing, document_key
from stream.settings import Settings

# Records read ahead of what Kafka has acknowledged.
_MAX_UNSENT = 500

# A larger record, which a broker may refuse for its size, is sent apart from the others.
_LARGE_BYTES = 512 * 1024

_FORMATS = Formats()

_JSON_LINES = (".jsonl", ".ndjson")

# How errors call a stream.
_PIPE = "standard input"


class FeedOptions(Struct, frozen=True, kw_only=True):
    """How to read the input.

    mapping: where the fields of documents are.
    lines: every line is a text, even one that looks like JSON.
    file_format: what the name of a file does not say.
    """

    mapping: SourceMapping = SourceMapping()
    lines: bool = False
    file_format: FileFormat = FileFormat()

    @property
    def keeps_bytes(self) -> bool:
        """Whether a line of JSON is sent byte for byte, whether it is a valid document or not."""
        return self.mapping == SourceMapping()


class FeedResult(Struct, frozen=True):
    """How many records Kafka acknowledged, and whether Ctrl-C ended it."""

    sent: int
    interrupted: bool


def records(
    source: Path | BinaryIO, topic: str, options: FeedOptions, on_error: OnError
) -> Iterator[Outgoing]:
    """The records to send for a file, or for a stream such as standard input.

    `on_error` is called with each row that cannot be read; when it returns, the next is read.

    Raises:
        FileError: the file cannot be read.
    """
    if not isinstance(source, Path):
        return _from_pipe(source, topic, options, on_error)
    is_json = ending_of(source) in _JSON_LINES
    if options.lines or (is_json and options.keeps_bytes):
        stream = open_text(source, options.file_format)
        return _from_lines(stream, source.name, topic, options, on_error, all_json=is_json)
    rows = read_documents(source, options.mapping, options.file_format, on_error)
    return (_document(topic, row) for row in rows)


def _from_pipe(
    source: BinaryIO, topic: str, options: FeedOptions, on_error: OnError
) -> Iterator[Outgoing]:
    stream = can_be_peeked(in_utf8(source, _PIPE, options.file_format))
    mapper = RowMapper(options.mapping, _PIPE)
    columns = {place for places in mapper.places.values() for place in places}
    found = piped_format(stream.peek(BLOCK_BYTES), columns, options.file_format)
    if options.lines or found is None:
        yield from _from_lines(stream, _PIPE, topic, options, on_error)
        return
    ending, file_format = found
    with read_stream(stream, ending, _PIPE, file_format, on_error) as rows:
        for row in documents_of(rows, mapper, on_error):
            yield _document(topic, row)


def _from_lines(
    stream: BinaryIO,
    name: str,
    topic: str,
    options: FeedOptions,
    on_error: OnError,
    *,
    all_json: bool = False,
) -> Iterator[Outgoing]:
    with stream:
        lines = Lines(stream, name, options.file_format)
        mapper = RowMapper(options.mapping, name)
        reader = _LineReader(lines, mapper, topic, options, on_error)
        while True:
            try:
                line = next(lines)
            except RowError as error:
                on_error(error)
            except StopIteration:
                break
            else:
                yield from reader.records(line, is_json=all_json)
        mapper.check_found()


async def feed(
    settings: Settings,
    topic: str,
    items: Iterator[Outgoing],
    report: Callable[[int], None],
    refused: Callable[[str], None],
) -> FeedResult:
    """Send `items` to `topic`, which is there; Ctrl-C ends it in order.

    `report` is called with the number sent so far, `refused` with the reason why Kafka does not
    take a record.

    Raises:
        KafkaError: no broker answers, or records were not acknowledged.
    """
    reader = BackgroundReader(items, _MAX_UNSENT)
    sent = 0
    async with Producer(settings) as producer:
        with _stopped_by_interrupt(reader.stop) as interrupts:
            async for batch in reader.batches():
                for large, group in groupby(batch, _is_large):
                    if large:
                        sent += await _send_apart(settings, group, refused)
                    else:
                        sent += await _send(producer, list(group))
                report(sent)
    return FeedResult(sent, bool(interrupts))


@contextmanager
def _stopped_by_interrupt(stop: Callable[[], None]) -> Iterator[list[int]]:
    loop = asyncio.get_running_loop()
    interrupts: list[int] = []

    def interrupt() -> None:
        interrupts.append(signal.SIGINT)
        # A second Ctrl-C ends the process at once.
        loop.remove_signal_handler(signal.SIGINT)
        stop()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield interrupts
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _is_large(record: Outgoing) -> bool:
    return len(record.value or b"") > _LARGE_BYTES


async def _send(producer: Producer, records: list[Outgoing]) -> int:
    await producer.send_all(records)
    return len(records)


async def _send_apart(
    settings: Settings, records: Iterable[Outgoing], refused: Callable[[str], None]
) -> int:
    """Send each with a producer of its own.

    A refused record leaves a gap in the sequence numbers of its producer: Kafka takes no more
    records from that producer for the partition.
    """
    sent = 0
    for record in records:
        try:
            async with Producer(settings) as producer:
                sent += await _send(producer, [record])
        except MessageSizeTooLargeError:
            refused(f"a record of {len(record.value or b'')} bytes is too large for Kafka")
    return sent


class _LineReader:
    """Makes records of each line: a line is JSON or a text."""

    def __init__(
        self, lines: Lines, mapper: RowMapper, topic: str, options: FeedOptions, on_error: OnError
    ) -> None:
        self._lines = lines
        self._mapper = mapper
        self._topic = topic
        self._options = options
        self._on_error = on_error

    def records(self, line: bytes, *, is_json: bool) -> Iterator[Outgoing]:
        """The records of `line`, which was read last and may be known to be JSON."""
        try:
            if self._options.lines or not (is_json or line.lstrip().startswith(b"{")):
                text = self._lines.decode(line).strip()
                yield _document(self._topic, self._mapper.text(text))
            elif self._options.keeps_bytes:
                yield Outgoing(self._topic, document_key(_decoded(line)), line)
            else:
                yield from self._of_json(json_row(line, self._lines.error))
        except RowError as error:
            self._on_error(error)

    def _of_json(self, row: Row) -> Iterator[Outgoing]:
        for one in self._mapper.rows(row):
            try:
                document = self._mapper.document(one)
            except InvalidRecord as error:
                self._on_error(self._lines.error(error))
            else:
                yield _document(self._topic, document)


def _document(topic: str, document: Row) -> Outgoing:
    return Outgoing(topic, document_key(document), orjson.dumps(document), headers=AS_DOCUMENT)


def _decoded(line: bytes) -> object:
    # What is of no format is sent too: the worker sets it aside with the reason.
    try:
        return _FORMATS.decode(line).value
    except (InvalidRecord, Deletion):
        return None
