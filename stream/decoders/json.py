"""JSON in UTF-8."""

from typing import Any

from schemas.codec import parse
from schemas.deadletter import Headers


class JsonDecoder:
    """The format of every record that no other decoder claims."""

    name = "JSON"

    def accepts(self, value: bytes, headers: Headers) -> bool:
        return True

    def decode(self, value: bytes) -> Any:
        return parse(value)
