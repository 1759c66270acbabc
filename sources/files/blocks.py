"""A binary stream over bytes that come in pieces."""

import io
from collections.abc import Iterator
from typing import BinaryIO

# How much of a stream is looked at before it is read, and is held of it at least.
BLOCK_BYTES = 64 * 1024


def stream_of(pieces: Iterator[bytes], source: BinaryIO) -> BinaryIO:
    """`pieces`, none of which is empty, as a stream that can be read by lines and looked into.

    To close it closes `source`, which they are made of. What `pieces` raises is raised when all
    before it has been read.
    """
    return io.BufferedReader(_Pieces(pieces, source), BLOCK_BYTES)  # type: ignore[type-var]


def can_be_peeked(stream: BinaryIO) -> io.BufferedReader:
    """`stream` with the method `peek`."""
    if isinstance(stream, io.BufferedReader):
        return stream
    return io.BufferedReader(stream, BLOCK_BYTES)  # type: ignore[arg-type]


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes], source: BinaryIO) -> None:
        self._pieces = pieces
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        piece = self._rest or next(self._pieces, b"")
        size = min(len(buffer), len(piece))
        buffer[:size], self._rest = piece[:size], piece[size:]
        return size
