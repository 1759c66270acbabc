"""JSON in a JSON string, as producers write that encode twice."""

from schemas.foreign_json import parse_foreign
from stream.decoders.content import Content


class JsonStringDecoder:
    """A string that holds an object. One that holds something else is no document."""

    name = "JSON in a string"

    def accepts(self, content: Content) -> bool:
        return isinstance(content.value, str) and content.value.lstrip().startswith("{")

    def decode(self, content: Content) -> Content:
        return content.holding(parse_foreign(content.value.encode("utf-8")))
