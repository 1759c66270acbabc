"""From the rows of a file to the documents that are sent."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from schemas.codec import InvalidRecord, shown
from schemas.times import isoformat
from sources.files.row import FileError, Row
from sources.mapping.mapper import FIELDS, InvalidMapping
from sources.mapping.source_mapping import SourceMapping, mapper_of
from sources.mapping.times import InvalidTime, parse_time
from sources.mapping.values import TEXT_FIELDS, TIME_FIELDS

log = logging.getLogger(__name__)

# JSON is read deeper than it is written: a row with more must not end the reading of its file.
_MAX_LEVELS = 100


class RowMapper:
    """Makes documents of the rows of the file `name`; logs once which columns it ignores.

    Raises:
        FileError: `mapping` cannot be used.
    """

    def __init__(self, mapping: SourceMapping, name: str) -> None:
        try:
            self._mapper = mapper_of(mapping)
        except InvalidMapping as error:
            raise FileError(f"{name}: {error}") from None
        self._name = name
        self.places = {field: self._mapper.places(field) for field in FIELDS}
        # Whoever says where a field is wants to know when it is not there.
        self._missing = {field for field in mapping.fields if self.places[field]}
        self._columns = {_column(place) for places in self.places.values() for place in places}
        self._is_first = True

    def check_header(self, header: Sequence[str]) -> None:
        """Raises `FileError` when `header` lacks the text or a column that was asked for."""
        texts = [place for field in TEXT_FIELDS for place in self.places[field]]
        for places in (texts, *(self.places[field] for field in sorted(self._missing))):
            if not any(place in header or _column(place) in header for place in places):
                raise FileError(
                    f"{self._name}: there is no column {places[0]!r}, only {', '.join(header)};"
                    " --field FIELD=COLUMN says which column a field is in"
                )

    def rows(self, row: Row) -> list[Any]:
        """What each document in `row` is made of: several where it is a page of them."""
        if self._is_first:
            self._is_first = False
            self._log_ignored(row)
        return self._mapper.rows(unpaged(row))

    def document(self, row: Any) -> Row:
        """The document that one of `rows` makes: the fields of `schemas.Document` in JSON.

        Raises:
            InvalidRecord: it has no text, no time where it should have one, or a value of a kind
                that documents do not have.
        """
        fields = self._mapper.fields(row)
        self._missing.difference_update(fields)
        if fields.keys().isdisjoint(TEXT_FIELDS):
            raise InvalidRecord(f"there is neither a text nor a title in {shown(row)}")
        return {field: self._in_json(field, value) for field, value in fields.items()}

    def text(self, line: str) -> Row:
        """The document of which `line` is the whole text."""
        return {**self._mapper.defaults, "text": line}

    def check_found(self) -> None:
        """Raises `FileError` when a field that was asked for was in no row, though there were."""
        if self._missing and not self._is_first:
            field = min(self._missing)
            raise FileError(
                f"{self._name}: no row has {' or '.join(map(repr, self.places[field]))}, where"
                f" --field says that the {field} is"
            )

    def _in_json(self, field: str, value: Any) -> Any:
        if field in TIME_FIELDS:
            return isoformat(self._time(value))
        if not _has_json_form(value):
            raise InvalidRecord(
                f"a field must be text, a number or a list of texts; the {field} is {shown(value)}"
            )
        return value

    def _time(self, value: Any) -> datetime:
        try:
            return parse_time(value, self._mapper.zone)
        except InvalidTime as error:
            raise InvalidRecord(str(error)) from None

    def _log_ignored(self, names: Iterable[str]) -> None:
        if ignored := sorted(set(names) - self._columns):
            log.info("%s: columns ignored: %s", self._name, ", ".join(ignored))


def unpaged(row: Row) -> Row | list[Any]:
    """`row`, or the rows in it: an array of objects is a page, which files give as columns."""
    values = list(row.values())
    is_array = [*row] == [str(place) for place in range(len(row))]
    return values if values and is_array and all(isinstance(v, dict) for v in values) else row


def _column(place: str) -> str:
    """The column that a path begins in."""
    return place.partition(".")[0].partition("[")[0]


def _has_json_form(value: Any, levels: int = _MAX_LEVELS) -> bool:
    if isinstance(value, list | dict):
        inside = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(_has_json_form(inner, levels - 1) for inner in inside)
    return value is None or isinstance(value, str | int | float | bool)
