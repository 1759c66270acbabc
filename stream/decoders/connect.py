"""Kafka Connect's JSON with a schema in each record: `{"schema": ..., "payload": ...}`."""

from stream.decoders.content import Content
from stream.decoders.text import document_of


class ConnectDecoder:
    """The payload is the document; one that is a string is its text."""

    name = "Kafka Connect JSON"

    def accepts(self, content: Content) -> bool:
        return content.has("schema", "payload") and len(content.value) == 2

    def decode(self, content: Content) -> Content:
        payload = content.value["payload"]
        return content.holding(document_of(payload) if isinstance(payload, str) else payload)
