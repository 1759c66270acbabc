"""Classify every document of a file."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from bundle.classifier import Classifier, Prediction
from bundle.entities import EntityType
from schemas.codec import InvalidRecord, shown
from schemas.document import Document
from schemas.scored import Label, TopicScore
from schemas.times import Time
from sources.files.file_format import FileFormat
from sources.files.row import OnError, Row, RowError
from sources.mapping.repair import read_document
from sources.mapping.source_mapping import SourceMapping
from stream.clients.files.documents import read_documents
from stream.scoring.reading import DocumentReading, content, read_content
from stream.scoring.scored_record import sentiment

# Documents classified at a time: enough to put texts of one length together, few in memory.
_BATCH = 256


class FoundEntity(Struct, frozen=True):
    """A company, person or place that a text names, as it names it."""

    text: str
    type: EntityType
    probability: float


class ClassifiedRow(Struct, frozen=True, kw_only=True):
    """A document of a file with what the model says of it.

    row: its number among the documents and unreadable rows of the file, from 1. label: the
    likeliest sentiment; `negative`, `neutral` and `positive` sum to 1. notes: what of the document
    was cut off or left out. model: the name and the version of the bundle.
    """

    row: int
    id: str | None
    title: str | None
    text: str
    published_at: Time | None
    source: str | None
    lang: str | None
    label: Label
    negative: float
    neutral: float
    positive: float
    topics: list[TopicScore]
    entities: list[FoundEntity]
    notes: list[str]
    model: str


class _ReadRow(Struct, frozen=True):
    number: int
    document: Document
    notes: list[str]
    reading: DocumentReading


def classify_file(
    classifier: Classifier,
    path: Path,
    mapping: SourceMapping,
    file_format: FileFormat,
    on_error: OnError,
) -> Iterator[list[ClassifiedRow]]:
    """The documents of the file at `path`, classified, in order, some at a time.

    `on_error` is called with each row that cannot be read, and the next one is.

    Raises:
        FileError: the file cannot be read, or lacks a column that is needed.
        BundleError: the bundle has no sentiment head.
    """
    rows = _read(path, mapping, file_format, on_error)
    model = f"{classifier.name} {classifier.version}"
    while batch := list(islice(rows, _BATCH)):
        predictions = classifier.classify([row.reading for row in batch])
        yield [
            _classified(row, prediction, model)
            for row, prediction in zip(batch, predictions, strict=True)
        ]


def _read(
    path: Path, mapping: SourceMapping, file_format: FileFormat, on_error: OnError
) -> Iterator[_ReadRow]:
    number = 0

    def count_and_tell(error: RowError) -> None:
        nonlocal number
        number += 1
        on_error(error)

    for fields in read_documents(path, mapping, file_format, count_and_tell):
        number += 1
        try:
            yield _read_row(number, fields)
        except InvalidRecord as error:
            on_error(RowError(f"{path.name}, row {number}: {error}"))


def _read_row(number: int, fields: Row) -> _ReadRow:
    document, notes = read_document(fields)
    reading = read_content(document)
    if not reading.text:
        raise InvalidRecord(
            f"a text must have more than white space and links; it is {shown(document.text)}"
        )
    return _ReadRow(number, document, notes, reading)


def _classified(row: _ReadRow, prediction: Prediction, model: str) -> ClassifiedRow:
    document, scores = row.document, sentiment(prediction.sentiment)
    original = content(document)
    return ClassifiedRow(
        row=row.number,
        id=document.id,
        title=document.title,
        text=document.text,
        published_at=document.published_at,
        source=document.source,
        lang=document.lang,
        label=scores.label,
        negative=scores.negative,
        neutral=scores.neutral,
        positive=scores.positive,
        topics=[TopicScore(name, round(p, 6)) for name, p in prediction.topics],
        entities=[
            FoundEntity(original[one.start : one.end], one.type, round(one.probability, 6))
            for one in prediction.entities
        ],
        notes=row.notes,
        model=model,
    )
