"""Which column of a file each field of a document is in."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.document import Document
from stream.clients.files.row import FileError, Row
from stream.clients.files.times import TIME_FIELDS

log = logging.getLogger(__name__)

_FIELDS = Document.__struct_fields__


class Columns:
    """Picks the fields of a document out of a row; logs once which columns it ignores.

    Raises:
        FileError: `columns` has a field that documents do not have.
    """

    def __init__(self, columns: Mapping[str, str], file_name: str) -> None:
        for field in columns:
            if field not in _FIELDS:
                known = ", ".join(_FIELDS)
                raise FileError(f"{file_name}: a document has no field {field!r}; it has {known}")
        self.of = {field: columns.get(field, field) for field in _FIELDS}
        self.file_name = file_name
        self._needed = {*columns.values(), self.of["text"]}
        self._logged = False

    def check_header(self, header: Iterable[str]) -> None:
        """Raises `FileError` when `header` lacks the text or a column that was asked for."""
        names = list(header)
        for column in sorted(self._needed):
            if column not in names:
                raise FileError(
                    f"{self.file_name}: there is no column {column!r}, only {', '.join(names)};"
                    " --field FIELD=COLUMN says which column a field is in"
                )
        self._log_ignored(names)

    def pick(self, row: Mapping[str, Any]) -> Row:
        """The fields of the document in `row`; those that are null are absent, except the text."""
        self._log_ignored(row)
        found = {field: row[column] for field, column in self.of.items() if column in row}
        return {
            field: _as_text(field, value)
            for field, value in found.items()
            if value is not None or field == "text"
        }

    def _log_ignored(self, names: Iterable[str]) -> None:
        ignored = [] if self._logged else sorted(set(names) - set(self.of.values()))
        if ignored:
            self._logged = True
            log.info("%s: columns ignored: %s", self.file_name, ", ".join(ignored))


def _as_text(field: str, value: Any) -> Any:
    # An id that is all digits is a number to whoever wrote the file.
    if isinstance(value, int) and not isinstance(value, bool) and field not in TIME_FIELDS:
        return str(value)
    return value
