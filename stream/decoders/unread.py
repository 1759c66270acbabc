"""Formats that are known by how they begin, and not read."""

from schemas.codec import InvalidRecord, shown
from stream.decoders.content import Content

_MAGICS = {
    b"Obj\x01": "an Avro container file",
    b"\xc3\x01": "Avro's single-object encoding",
    b"\x03\x00": "the framing of AWS Glue",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}


class UnreadDecoder:
    """Says what a value is, so that a person need not guess."""

    name = "a format that is not read"

    def accepts(self, content: Content) -> bool:
        return content.starts_with(*_MAGICS)

    def decode(self, content: Content) -> Content:
        name = next(name for magic, name in _MAGICS.items() if content.starts_with(magic))
        raise InvalidRecord(f"a value must not be {name}; the record begins {shown(content.value)}")
