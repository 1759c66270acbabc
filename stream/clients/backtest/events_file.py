"""Read a file of known events: rows of key, start and end."""

from pathlib import Path

import msgspec
from msgspec import Struct

from schemas.codec import InvalidRecord, shown
from schemas.times import Time
from sources.files.file_format import FileFormat
from sources.files.reader import ending_of, read_rows
from sources.files.row import FileError, Row
from stream.backtest.known_events import KnownEvent
from stream.windows.buckets import split_key

_COLUMNS = ("key", "start", "end")

# Given, and not guessed: what the columns are to be says more than that there is only one.
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class _Span(Struct):
    start: Time
    end: Time


def read_events(path: Path) -> list[KnownEvent]:
    """The events in `path`, a table whose times have a zone.

    Raises:
        FileError: it cannot be read, lacks a column, or holds no event.
        RowError: a row breaks a rule.
    """
    events = []
    file_format = FileFormat(delimiter=_DELIMITERS.get(ending_of(path)), has_options=False)
    with read_rows(path, file_format) as rows:
        rows.require(_COLUMNS, f"{path.name}: known events have")
        for row in rows:
            try:
                events.append(_event(row))
            except InvalidRecord as error:
                raise rows.error(error) from None
    if not events:
        raise FileError(f"{path.name}: there is no event in it")
    return events


def _event(row: Row) -> KnownEvent:
    if missing := [name for name in _COLUMNS if row.get(name) is None]:
        raise InvalidRecord(f"known events have key, start and end; there is no {missing[0]!r}")
    key = str(row["key"])
    try:
        split_key(key)
    except ValueError:
        raise InvalidRecord(f"a key is KIND:SUBJECT, such as entity:acme, not {key!r}") from None
    try:
        span = msgspec.convert(row, _Span)
    except msgspec.ValidationError:
        given = f"{shown(row.get('start'))} and {shown(row.get('end'))}"
        raise InvalidRecord(
            f"start and end are times with a zone, such as 2026-03-17T12:00:00Z, not {given}"
        ) from None
    if span.end <= span.start:
        raise InvalidRecord(f"an event must end after its start, {row['start']}, not {row['end']}")
    return KnownEvent(key, span.start, span.end)
