"""The two ways in which quotes stand in a quoted cell of CSV: doubled, or after a backslash."""

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

# The csv module takes a backslash before any character away; those of `C:\new` stay here.
_BACKSLASH = re.compile(r'\\(["\\])|\\')


class Quoting(Struct, frozen=True):
    """A way of quoting, for one delimiter.

    grammar: of a row in which quotes stand nowhere but around cells and as it says within.
    """

    grammar: re.Pattern[str]
    prepare: Callable[[str], str]
    options: dict[str, Any]

    def cells(self, lines: Iterable[str]) -> list[str]:
        """The cells of the first row of `lines`; raises `csv.Error` when it is none."""
        return next(csv.reader(map(self.prepare, lines), strict=True, **self.options))

    def fits(self, text: str) -> bool:
        """Whether the row `text` is of this grammar."""
        return self.grammar.fullmatch(text) is not None


def doubled(delimiter: str) -> Quoting:
    """The usual one: a quote in a quoted cell is written twice."""
    return Quoting(_grammar(r'(?:[^"]++|"")', delimiter), str, {"delimiter": delimiter})


def with_backslash(delimiter: str) -> Quoting:
    """The other: a quote in a quoted cell stands after a backslash."""
    return Quoting(
        _grammar(r'(?:[^"\\]++|\\.)', delimiter),
        lambda line: _BACKSLASH.sub(lambda found: found[0] if found[1] else r"\\", line),
        {"delimiter": delimiter, "doublequote": False, "escapechar": "\\"},
    )


def _grammar(inner: str, delimiter: str) -> re.Pattern[str]:
    between = re.escape(delimiter)
    # Possessive: a hostile row must not be tried in every way that there is.
    cell = rf'(?:"{inner}*+"|[^"\r\n{between}]*+)'
    return re.compile(rf"{cell}(?:{between}{cell})*+(?:\r?\n)?", re.DOTALL)
