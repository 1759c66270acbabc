"""What format piped input has that is not one document a line."""

import re
from collections.abc import Collection

from msgspec.structs import replace

from sources.files.file_format import FileFormat
from sources.files.json_row import json_value
from sources.files.row import RowError

# An array whose rows may begin in its first line, and the beginning of an object.
_ARRAY = re.compile(r'\[\s*([\[{"].*)?')
_OBJECT = re.compile(r'\{\s*(".*)?')

# With these a line of an object ends, or the next one begins, when it is written over several.
_GOES_ON = tuple(",:{[")
_COMES_AFTER = tuple('",:}]')

_DELIMITERS = ",\t;|"


def piped_format(
    head: bytes, columns: Collection[str], file_format: FileFormat
) -> tuple[str, FileFormat] | None:
    """The ending of files that are as the input that begins with `head`, and how to read it.

    None says that each line is a document by itself. A table is known by its header: it must have
    one of `columns`.
    """
    first, _, rest = head.decode("utf-8", "replace").strip().partition("\n")
    line = first.strip()
    if _is_json_document(line, rest) or (file_format.records and line.startswith("{")):
        return ".json", file_format
    if file_format.delimiter or not file_format.header:
        return ".csv", file_format
    for delimiter in _DELIMITERS:
        if _is_header(line.split(delimiter), columns):
            return ".csv", replace(file_format, delimiter=delimiter)
    return None


def _is_json_document(line: str, rest: str) -> bool:
    if _ARRAY.fullmatch(line):
        return True
    goes_on = line.endswith(_GOES_ON) or rest.lstrip().startswith(_COMES_AFTER)
    return goes_on and _OBJECT.fullmatch(line) is not None and not _is_json(line)


def _is_json(line: str) -> bool:
    try:
        json_value(line.encode(), RowError)
    except RowError:
        return False
    return True


def _is_header(cells: list[str], columns: Collection[str]) -> bool:
    names = {cell.strip('"').casefold() for cell in cells}
    return len(cells) > 1 and not names.isdisjoint(column.casefold() for column in columns)
