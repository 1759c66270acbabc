"""JSON with all rows in one value: an array of them, or an object from id to row."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from schemas.codec import shown
from sources.files.blocks import BLOCK_BYTES, can_be_peeked
from sources.files.file_format import FileFormat
from sources.files.json_lines import JsonLines
from sources.files.json_row import json_row, json_value
from sources.files.json_scanner import JsonScanner, NotJson
from sources.files.row import FileError, Row, RowError, RowReader

# The id that an object has for a row, when it has one, and the row.
_Found = tuple[bytes | None, bytes]


def json_file(stream: BinaryIO, name: str, file_format: FileFormat) -> RowReader:
    """The rows of a .json file: of one JSON value, or of JSON lines after all."""
    peeked = can_be_peeked(stream)
    if file_format.records is None and _begins_with_a_row(peeked.peek(BLOCK_BYTES)):
        return JsonLines(peeked, name, file_format)
    return JsonFile(peeked, name, file_format)


# A file may hold any number; an error is one sentence.
_SHOWN_PATHS = 5


class JsonFile:
    """The rows of a JSON value, or of several values that follow each other."""

    columns = None

    def __init__(self, stream: BinaryIO, name: str, file_format: FileFormat) -> None:
        self._name = name
        self._number = 0
        self._has_options = file_format.has_options
        self._found = self._rows(JsonScanner(stream), file_format.records)

    def read(self) -> Row:
        """As `RowReader` says."""
        try:
            key, data = next(self._found)
        except NotJson as error:
            raise FileError(
                f"{self._name}: cannot be read as JSON after {self._number} rows: {error}"
            ) from None
        self._number += 1
        row = json_row(data, self.error)
        return row if key is None else {"id": json_value(key, self.error), **row}

    def error(self, rule: object) -> RowError:
        """As `RowReader` says."""
        return RowError(f"{self._name}, row {self._number}: {rule}")

    def _rows(self, scanner: JsonScanner, path: str | None) -> Iterator[_Found]:
        if path is not None:
            yield from self._rows_at(scanner, path)
        elif scanner.peek() == b"[":
            yield from self._only(scanner, _elements(scanner))
        elif scanner.peek() == b"{" and not scanner.fits():
            yield from self._only(scanner, _members(scanner))
        else:
            yield from self._values(scanner)

    def _rows_at(self, scanner: JsonScanner, path: str) -> Iterator[_Found]:
        for field in path.split("."):
            others = []
            for key in _keys(scanner):
                found = json_value(key, self.error)
                if found == field:
                    break
                others.append(found)
                scanner.value()
            else:
                raise FileError(
                    f"{self._name}: --records {path}: there is no {field!r},"
                    f" only {', '.join(map(shown, others)) or 'an empty object'}"
                )
        yield from _elements(scanner) if scanner.peek() == b"[" else _members(scanner)

    def _only(self, scanner: JsonScanner, rows: Iterator[_Found]) -> Iterator[_Found]:
        yield from rows
        if scanner.peek():
            raise NotJson("something follows the value with the rows")

    def _values(self, scanner: JsonScanner) -> Iterator[_Found]:
        """The rows of one value, or each of several that follow each other."""
        if not scanner.peek():
            return
        value = scanner.value()
        if not scanner.peek():
            yield from self._rows_of(value)
            return
        yield None, value
        while scanner.peek():
            yield None, scanner.value()

    def _rows_of(self, data: bytes) -> Iterator[_Found]:
        """The rows in the one value of a file: it holds them, or is the only one."""
        value = json_value(data, self.error)
        members = value if isinstance(value, dict) else {}
        lists = [path for key, member in members.items() for path in _paths_of_rows(member, key)]
        holds_objects = all(isinstance(member, dict) for member in members.values())
        # One object in an object, with rows in it, is what a web service wraps them in.
        if members and holds_objects and not (len(members) == 1 and lists):
            yield from _members(JsonScanner(can_be_peeked(BytesIO(data))))
        elif lists or not members:
            raise FileError(
                f"{self._name}: a JSON file must hold an array of rows, or an object of objects,"
                f" not {shown(value)}{_hint(lists) if self._has_options else ''}"
            )
        else:
            yield None, data


def _hint(lists: list[str]) -> str:
    """Which option makes an object readable whose rows may lie at one of these paths."""
    paths = " or ".join(map(shown, lists[:_SHOWN_PATHS]))
    return f"; --records FIELD says which field of it has the rows{': ' if lists else ''}{paths}"


def _begins_with_a_row(head: bytes) -> bool:
    """Whether the first line of a file is a JSON value, and more follows."""
    line, _, rest = head.lstrip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        json_value(line, RowError)
    except RowError:
        return False
    return True


def _paths_of_rows(value: Any, path: str) -> Iterator[str]:
    """The paths of the lists of objects in `value`, which is at `path`."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _paths_of_rows(member, f"{path}.{key}")
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        yield path


def _elements(scanner: JsonScanner) -> Iterator[_Found]:
    scanner.take(b"[")
    if scanner.peek() == b"]":
        scanner.take(b"]")
        return
    while True:
        yield None, scanner.value()
        if scanner.take(b",]") == b"]":
            return


def _members(scanner: JsonScanner) -> Iterator[_Found]:
    for key in _keys(scanner):
        yield key, scanner.value()


def _keys(scanner: JsonScanner) -> Iterator[bytes]:
    """The keys of an object; who asks for the next has taken the value of the one before."""
    scanner.take(b"{")
    if scanner.peek() == b"}":
        scanner.take(b"}")
        return
    while True:
        key = scanner.value()
        scanner.take(b":")
        yield key
        if scanner.take(b",}") == b"}":
            return
