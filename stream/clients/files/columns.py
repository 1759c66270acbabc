"""Which column of a file each field of a document is in."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.codec import InvalidRecord, shown
from schemas.document import Document
from sources.files.row import FileError, Row
from stream.clients.files.times import TIME_FIELDS, with_times_as_text

log = logging.getLogger(__name__)

_FIELDS = Document.__struct_fields__

# What stands between several entities in a cell.
_SEPARATOR = ";"


class Columns:
    """Makes a document of a raw row; logs once which columns it ignores.

    Raises:
        FileError: `columns` has a field that documents do not have.
    """

    def __init__(self, columns: Mapping[str, str], file_name: str) -> None:
        for field in columns:
            if field not in _FIELDS:
                known = ", ".join(_FIELDS)
                raise FileError(f"{file_name}: a document has no field {field!r}; it has {known}")
        self._of = {field: columns.get(field, field) for field in _FIELDS}
        self._file_name = file_name
        self._needed = {*columns.values(), self._of["text"]}
        self._logged = False

    def check_header(self, header: Sequence[str]) -> None:
        """Raises `FileError` when `header` lacks the text or a column that was asked for."""
        for column in sorted(self._needed):
            if column not in header:
                raise FileError(
                    f"{self._file_name}: there is no column {column!r}, only {', '.join(header)};"
                    " --field FIELD=COLUMN says which column a field is in"
                )
        self._log_ignored(header)

    def document(self, row: Row) -> Row:
        """The fields of the document in a row of JSON; what is null is absent, but for the text.

        Raises:
            InvalidRecord: it has no text.
        """
        self._log_ignored(row)
        found = {field: row[column] for field, column in self._of.items() if column in row}
        if "text" not in found:
            raise InvalidRecord(f"there is no `{self._of['text']}` in {shown(row)}")
        return {
            field: _as_text(field, value)
            for field, value in found.items()
            if value is not None or field == "text"
        }

    def document_of_cells(self, row: Row) -> Row:
        """As `document`, of a row of a table: an empty cell is null, entities may be in one cell.

        Raises:
            InvalidRecord: a time is none, or a value is of a kind that documents do not have.
        """
        document = self.document(row)
        filled = {field: cell for field, cell in document.items() if cell != "" or field == "text"}
        if isinstance(entities := filled.get("entities"), str):
            filled["entities"] = entities.split(_SEPARATOR)
        filled = with_times_as_text(filled)
        for field, value in filled.items():
            if not _has_json_form(value):
                raise InvalidRecord(
                    "a field must be text, a number or a list of texts;"
                    f" the column {self._of[field]!r} is {shown(value)}"
                )
        return filled

    def _log_ignored(self, names: Iterable[str]) -> None:
        ignored = [] if self._logged else sorted(set(names) - set(self._of.values()))
        if ignored:
            self._logged = True
            log.info("%s: columns ignored: %s", self._file_name, ", ".join(ignored))


def _has_json_form(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_has_json_form, value))
    if isinstance(value, dict):
        return all(map(_has_json_form, value.values()))
    return value is None or isinstance(value, str | int | float | bool)


def _as_text(field: str, value: Any) -> Any:
    # An id that is all digits is a number to whoever wrote the file.
    if isinstance(value, int) and not isinstance(value, bool) and field not in TIME_FIELDS:
        return str(value)
    return value
