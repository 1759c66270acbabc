"""Plain text: the whole value is the text of a document."""

from collections.abc import Collection

from schemas.codec import InvalidRecord, shown
from schemas.foreign_json import parse_foreign
from stream.decoders.content import Content


class TextDecoder:
    """The bytes of the Kafka topics `topics`; what is an object in JSON all the same stays one.

    Elsewhere a text is JSON that is broken, and must not pass for a document.
    """

    name = "plain text"

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def accepts(self, content: Content) -> bool:
        return isinstance(content.value, bytes) and content.topic in self._topics

    def decode(self, content: Content) -> Content:
        try:
            text = content.value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidRecord(
                f"plain text must be UTF-8: {error}; the record begins {shown(content.value)}"
            ) from None
        return content.holding(document_of(text))


def document_of(text: str) -> object:
    """The object that `text` is in JSON; else a document with that text."""
    if text.lstrip().startswith("{"):
        try:
            return parse_foreign(text.encode("utf-8"))
        except InvalidRecord:
            # A text may well begin with a brace.
            pass
    return {"text": text}
