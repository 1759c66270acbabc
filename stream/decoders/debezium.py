"""Debezium's change events: a row of a database before and after it was changed."""

from stream.decoders.content import Content, Deletion

_DELETE = "d"


class DebeziumDecoder:
    """The row as it is now is the document; that it is gone asks for its deletion."""

    name = "a Debezium change"

    def accepts(self, content: Content) -> bool:
        # `source` alone would also be a document's own.
        return (content.has("op", "after") or content.has("op", "before")) and not content.has(
            "text"
        )

    def decode(self, content: Content) -> Content:
        change = content.value
        if change["op"] == _DELETE:
            before = change.get("before")
            raise Deletion(before if isinstance(before, dict) else {}, content.key)
        return content.holding(change.get("after"))
