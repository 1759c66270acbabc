"""The documents in a file."""

from collections.abc import Iterator
from pathlib import Path

from schemas.codec import InvalidRecord
from sources.files.file_format import FileFormat
from sources.files.reader import read_rows
from sources.files.row import OnError, Row, Rows, raise_error
from sources.mapping.source_mapping import SourceMapping
from stream.clients.files.row_mapper import RowMapper


def read_documents(
    path: Path,
    mapping: SourceMapping,
    file_format: FileFormat | None = None,
    on_error: OnError = raise_error,
) -> Iterator[Row]:
    """The documents in `path`, as dicts of the fields of `schemas.Document`, by `mapping`.

    Columns that hold no field are ignored; the log says once which. Times are as documents have
    them; what else a value may be is for the worker to check. `on_error` is called with each row
    that cannot be read; when it returns, the next row is read.

    Raises:
        FileError: the file cannot be read, or lacks a column that is needed.
        RowError: a row cannot be read, and no `on_error` is given.
    """
    mapper = RowMapper(mapping, path.name)
    # Whoever reads documents has options that say how.
    with read_rows(path, file_format or FileFormat(), on_error) as rows:
        yield from documents_of(rows, mapper, on_error)


def documents_of(rows: Rows, mapper: RowMapper, on_error: OnError) -> Iterator[Row]:
    """The documents in `rows`; raises as `read_documents` does."""
    if rows.columns is not None:
        mapper.check_header(rows.columns)
    for row in rows:
        for one in mapper.rows(row):
            try:
                document = mapper.document(one)
            except InvalidRecord as error:
                on_error(rows.error(error))
            else:
                yield document
    mapper.check_found()
