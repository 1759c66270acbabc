"""Text in any encoding as a stream of UTF-8."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from schemas.codec import shown
from sources.files.blocks import BLOCK_BYTES, can_be_peeked, stream_of
from sources.files.file_format import FileFormat
from sources.files.row import FileError

# That of UTF-32 begins as that of UTF-16 does.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# Fewer bytes that are not UTF-8 are a damage, and no sign of another encoding.
_MIN_FOREIGN = 3

# In text of UTF-16 every second byte is often zero, in others none but by damage.
_WIDE_SHARE = 4

# UTF-8 never holds it: a row with it is found not to be text.
_NO_TEXT = b"\xff"
_REPLACE = "petrel.no_text"


def in_utf8(stream: BinaryIO, name: str, file_format: FileFormat) -> BinaryIO:
    """The text of `stream` in UTF-8, without a byte order mark.

    Bytes that are no text in the encoding become bytes that are none in UTF-8 either.

    Raises:
        FileError: there is no such encoding, or none is given and the text is not UTF-8.
    """
    encoding = file_format.encoding
    peeked = can_be_peeked(stream)
    head = peeked.peek(BLOCK_BYTES)[:BLOCK_BYTES]
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    if not mark and encoding is None:
        _check_utf8(head, name, file_format)
    found = canonical(_MARKS.get(mark) or encoding or "utf-8")
    if found is None:
        raise FileError(f"{name}: there is no encoding {encoding!r}")
    if found in {"utf-8", "utf-8-sig"}:
        peeked.read(len(mark))
        return peeked
    return stream_of(_transcoded(peeked, found, name), peeked)


def canonical(encoding: str) -> str | None:
    """What Python calls `encoding`; None when it knows no such encoding of text."""
    try:
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None


def _transcoded(stream: BinaryIO, encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_REPLACE)
    mark, is_last = "\ufeff", False
    while not is_last:
        piece = stream.read1(BLOCK_BYTES)  # type: ignore[attr-defined]
        is_last = not piece
        try:
            text = decoder.decode(piece, final=is_last)
        except UnicodeError as error:
            # Not every codec can go on: UTF-16 has to know the order of its bytes.
            raise FileError(f"{name}: not text in {encoding}: {error}") from None
        # Not every codec takes the mark for one.
        data = text.removeprefix(mark).encode("utf-8", _REPLACE)
        mark = "" if text else mark
        if data:
            yield data


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError):
        return _NO_TEXT, error.end
    if isinstance(error, UnicodeDecodeError):
        return _NO_TEXT.decode("utf-8", "surrogateescape"), error.end
    raise error


codecs.register_error(_REPLACE, _replaced)


def _check_utf8(head: bytes, name: str, file_format: FileFormat) -> None:
    """Raise `FileError` when a file that begins with `head` is in another encoding."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head)
    foreign = len(re.findall("[\udc80-\udcff]", text))
    is_wide = text.count("\0") > len(text) // _WIDE_SHARE
    if not is_wide and (foreign < _MIN_FOREIGN or foreign < _letters(text)):
        return
    if not file_format.has_options:
        raise FileError(f"{name}: it must be UTF-8, and is not; it begins {shown(head[:60])}")
    guess = _guess(head, name)
    if guess is None:
        raise FileError(
            f"{name}: not UTF-8; --encoding names its encoding; it begins {shown(head[:60])}"
        )
    raise FileError(f"{name}: not UTF-8; it looks like {guess}: --encoding {guess}")


def _letters(text: str) -> int:
    """How many characters of `text` UTF-8 has several bytes for."""
    return len(re.findall("[^\0-\x7f\udc80-\udcff]", text))


def _guess(head: bytes, name: str) -> str | None:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        raise FileError(
            f"{name}: not UTF-8; --encoding names its encoding. To have it guessed:"
            " pip install 'petrel[files]'"
        ) from None
    best = from_bytes(head).best()
    guess = best.encoding.replace("_", "-") if best else None
    return None if guess in {None, "utf-8", "ascii"} else guess
