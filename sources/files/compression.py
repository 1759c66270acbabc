"""Files that were compressed with gzip or Zstandard, unpacked as they are read."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from msgspec import Struct

from sources.files.blocks import BLOCK_BYTES, stream_of
from sources.files.row import FileError

# Unpacked at once; of Zstandard it may become 8 MiB, whatever a hostile file says.
_PIECE_BYTES = 256

# After the end of what was compressed some programs fill up with these.
_PADDING = b"\0"


def unpacked(stream: BinaryIO, ending: str, name: str) -> BinaryIO:
    """What the compressed `stream` of the file `name` holds; `ending` is one of `ENDINGS`.

    Reading it raises `FileError` where it is damaged, or ends too early, after all before that.

    Raises:
        FileError: a package is not installed.
    """
    try:
        method = ENDINGS[ending](name)
    except FileError:
        stream.close()
        raise
    return stream_of(_in_blocks(_pieces(stream, method, name)), stream)


class _Method(Struct, frozen=True):
    """A way of compression: what unpacks a frame of it, and what that raises."""

    new: Callable[[], Any]
    error: type[Exception]


def _gzip(_: str) -> _Method:
    return _Method(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), zlib.error)


def _zstandard(name: str) -> _Method:
    try:
        from zstandard import ZstdDecompressor, ZstdError
    except ImportError:
        raise FileError(
            f"{name}: .zst needs the package zstandard: pip install 'petrel[files]'"
        ) from None
    return _Method(lambda: ZstdDecompressor().decompressobj(), ZstdError)


ENDINGS: dict[str, Callable[[str], _Method]] = {".gz": _gzip, ".zst": _zstandard}


def _pieces(stream: BinaryIO, method: _Method, name: str) -> Iterator[bytes]:
    frame = None
    while packed := stream.read(_PIECE_BYTES):
        # A file may hold several frames, one after another.
        while packed := packed if frame else packed.lstrip(_PADDING):
            frame = frame or method.new()
            try:
                yield frame.decompress(packed)
            except method.error as error:
                raise FileError(f"{name}: the compressed file is damaged: {error}") from None
            packed = frame.unused_data
            frame = None if frame.eof else frame
    if frame is not None:
        raise FileError(f"{name}: the compressed file is cut off before its end")


def _in_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    block = bytearray()
    try:
        for piece in pieces:
            block += piece
            if len(block) >= BLOCK_BYTES:
                yield bytes(block)
                block.clear()
    except FileError:
        if block:
            yield bytes(block)
        raise
    if block:
        yield bytes(block)
