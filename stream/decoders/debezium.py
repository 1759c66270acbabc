"""Debezium's change events: a row of a database before and after it was changed."""

from typing import Any

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
            raise Deletion(_id(change.get("before")) or key_text(content.key))
        return content.holding(change.get("after"))


def key_text(key: bytes | None) -> str | None:
    """The key of a record as the id that it stands for."""
    return key.decode("utf-8", "replace") if key else None


def _id(row: Any) -> str | None:
    found = row.get("id") if isinstance(row, dict) else None
    return None if found is None else str(found)
