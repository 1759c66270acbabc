"""Walks through a JSON text value by value, without holding more of it than one value."""

import re
from typing import BinaryIO

from sources.files.blocks import BLOCK_BYTES
from sources.files.lines import MAX_LINE_BYTES

# A whole string, a bracket, or a string that goes on in what has not been read yet. Possessive: the
# expression must not remember every escape of a long string.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|"', re.DOTALL)
_SCALAR_END = re.compile(rb"[\s,:\]}]")
_SPACE = re.compile(rb"\s*+")


class NotJson(Exception):
    """The text cannot be followed any further; the message says why."""


class JsonScanner:
    """Where in a JSON text one is.

    Its methods raise `NotJson` where the text ends in the middle of a value.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0

    def peek(self) -> bytes:
        """The next byte that is not blank; empty at the end."""
        while True:
            blank = _SPACE.match(self._data, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._read_more():
                return b""

    def take(self, wanted: bytes) -> bytes:
        """Go on after the next byte, which must be one of `wanted`."""
        found = self.peek()
        if not found or found not in wanted:
            names = " or ".join(chr(byte) for byte in wanted)
            raise NotJson(f"there must be {names}, not {found.decode('latin-1') or 'its end'}")
        self._at += 1
        return found

    def value(self) -> bytes:
        """The next value, whether it is right within its brackets or not."""
        if not self.peek():
            raise NotJson("it ends before a value")
        size = self._size()
        begin, self._at = self._at, self._at + size
        return self._data[begin : self._at]

    def fits(self) -> bool:
        """Whether the next value is within the bound of a row; it stays the next."""
        try:
            self._size()
        except _TooLong:
            return False
        return True

    def _size(self) -> int:
        """How many bytes the next value has, all of which have been read then."""
        return self._nested_size() if self.peek() in {b"{", b"[", b'"'} else self._scalar_size()

    def _scalar_size(self) -> int:
        while not (end := _SCALAR_END.search(self._data, self._at)):
            if not self._read_more():
                return len(self._data) - self._at
        return end.start() - self._at or 1

    def _nested_size(self) -> int:
        depth = size = 0
        while True:
            token = _TOKEN.search(self._data, self._at + size)
            if token is None or token[0] == b'"':
                size = (token.start() if token else len(self._data)) - self._at
                if not self._read_more():
                    raise NotJson("it ends in the middle of a value")
                continue
            size = token.end() - self._at
            depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(token[0], 0)
            if depth <= 0:
                return size

    def _read_more(self) -> bool:
        """Read as much as is held, so that no long string is searched many times."""
        self._data, self._at = self._data[self._at :], 0
        if len(self._data) >= MAX_LINE_BYTES:
            raise _TooLong(f"a value must be shorter than {MAX_LINE_BYTES} bytes")
        wanted = max(BLOCK_BYTES, len(self._data))
        more: bytes = self._stream.read1(wanted)  # type: ignore[attr-defined]
        self._data += more
        return bool(more)


class _TooLong(NotJson):
    """A value is longer than a row may be."""
