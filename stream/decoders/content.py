"""What a record holds, layer by layer."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.codec import shown
from schemas.deadletter import Headers
from schemas.errors import PetrelError


class Deletion(PetrelError):
    """A record that holds no document, but asks for the deletion of one.

    row: what is left of it, as an object; empty where there is nothing. key: of the record.
    """

    def __init__(self, row: Mapping[str, Any], key: bytes | None) -> None:
        super().__init__(f"a record asks for the deletion of {shown(row or key)}")
        self.row = row
        self.key = key


class Content(Struct, frozen=True, kw_only=True):
    """What is left of a record when the formats around it are taken off.

    value: bytes as they came, or what they were found to hold.
    topic, key: of the record. headers: those of the record that speak of `value`.
    defaults: what a document gets for fields that it lacks.
    schema_id: of the schema that `value` was written with, in a registry.
    """

    value: Any
    topic: str = ""
    key: bytes | None = None
    headers: Headers = ()
    defaults: Mapping[str, str] = {}
    schema_id: int | None = None

    def holding(self, value: Any, **changes: Any) -> "Content":
        """The same with another value, and what else changes."""
        return replace(self, value=value, **changes)

    def starts_with(self, *magics: bytes) -> bool:
        """Whether the value is bytes that begin with one of these."""
        return isinstance(self.value, bytes) and self.value.startswith(magics)

    def has(self, *fields: str) -> bool:
        """Whether the value is an object with these fields."""
        return isinstance(self.value, dict) and all(field in self.value for field in fields)
