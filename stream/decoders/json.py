"""JSON in UTF-8."""

from schemas.foreign_json import parse_foreign
from stream.decoders.content import Content


class JsonDecoder:
    """The format of all bytes that no other decoder claims."""

    name = "JSON"

    def accepts(self, content: Content) -> bool:
        return isinstance(content.value, bytes)

    def decode(self, content: Content) -> Content:
        return content.holding(parse_foreign(content.value))
