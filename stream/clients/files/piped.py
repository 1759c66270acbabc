"""What format piped input has that is not one document a line."""

import re
from collections.abc import Collection

from msgspec.structs import replace

from sources.files.file_format import FileFormat

# An object or an array that goes on in the next line, or an array of rows in one.
_JSON_DOCUMENT = re.compile(r'\{\s*(".*[,:{\[])?|\[\s*([\[{"].*)?', re.DOTALL)

_DELIMITERS = ",\t;|"


def piped_format(
    head: bytes, columns: Collection[str], file_format: FileFormat
) -> tuple[str, FileFormat] | None:
    """The ending of files that are as the input that begins with `head`, and how to read it.

    None says that each line is a document by itself. A table is known by its header: it must have
    one of `columns`.
    """
    line = head.lstrip().partition(b"\n")[0].decode("utf-8", "replace").strip()
    if _JSON_DOCUMENT.fullmatch(line) or (file_format.records and line.startswith("{")):
        return ".json", file_format
    if file_format.delimiter or not file_format.header:
        return ".csv", file_format
    for delimiter in _DELIMITERS:
        if _is_header(line.split(delimiter), columns):
            return ".csv", replace(file_format, delimiter=delimiter)
    return None


def _is_header(cells: list[str], columns: Collection[str]) -> bool:
    names = {cell.strip('"').casefold() for cell in cells}
    return len(cells) > 1 and not names.isdisjoint(column.casefold() for column in columns)
