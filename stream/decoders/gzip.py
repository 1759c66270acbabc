"""Values that their producer compressed with gzip (Kafka's own compression is no format)."""

import zlib

from schemas.codec import InvalidRecord
from stream.decoders.content import Content

_MAGIC = b"\x1f\x8b"
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS

# A thousandth of it may stand for a whole value. No document needs more: its text, in the longest
# way to write it in JSON, is 1.2 MB.
_MAX_BYTES = 4 * 1024 * 1024


class GzipDecoder:
    """Any other format, compressed."""

    name = "gzip"

    def accepts(self, content: Content) -> bool:
        return content.starts_with(_MAGIC)

    def decode(self, content: Content) -> Content:
        decompressor = zlib.decompressobj(_WITH_GZIP_HEADER)
        value = decompressor.decompress(content.value, _MAX_BYTES + 1)
        if len(value) > _MAX_BYTES:
            raise InvalidRecord(
                f"a value in gzip must have at most {_MAX_BYTES} bytes when it is decompressed;"
                f" this one of {len(content.value)} bytes has more"
            )
        if not decompressor.eof:
            raise InvalidRecord(f"gzip must be whole; after {len(content.value)} bytes it is cut")
        if decompressor.unused_data:
            raise InvalidRecord(
                f"nothing may follow gzip; {len(decompressor.unused_data)} bytes do so"
            )
        return content.holding(value)
