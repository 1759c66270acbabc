"""The documents in a file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.codec import InvalidRecord
from sources.files.file_format import FileFormat
from sources.files.reader import read_rows
from sources.files.row import OnError, Row, Rows, raise_error
from stream.clients.files.columns import Columns


def read_documents(
    path: Path,
    columns: Mapping[str, str],
    file_format: FileFormat | None = None,
    on_error: OnError = raise_error,
) -> Iterator[Row]:
    """The documents in `path`, as dicts of the fields of `schemas.Document`.

    `columns` names the column of a field where that is not the field's own name. Columns that
    hold no field are ignored; the log says once which. Values are as the file has them: the worker
    checks whether they make a valid document. `on_error` is called with each row that cannot be
    read; when it returns, the next row is read.

    Raises:
        FileError: the file cannot be read, or lacks a column that is needed.
        RowError: a row cannot be read, and no `on_error` is given.
    """
    picker = Columns(columns, path.name)
    with read_rows(path, file_format, on_error) as rows:
        yield from documents_of(rows, picker, on_error)


def documents_of(rows: Rows, columns: Columns, on_error: OnError) -> Iterator[Row]:
    """The documents in `rows`; raises as `read_documents` does."""
    if rows.columns is not None:
        columns.check_header(rows.columns)
    document = columns.document if rows.columns is None else columns.document_of_cells
    for row in rows:
        try:
            found = document(row)
        except InvalidRecord as error:
            on_error(rows.error(error))
        else:
            yield found
