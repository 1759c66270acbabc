"""JSON in UTF-8."""

from schemas.codec import parse
from stream.decoders.content import Content


class JsonDecoder:
    """The format of all bytes that no other decoder claims."""

    name = "JSON"

    def accepts(self, content: Content) -> bool:
        return isinstance(content.value, bytes)

    def decode(self, content: Content) -> Content:
        return content.holding(parse(content.value))
