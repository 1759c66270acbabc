"""CloudEvents 1.0: attributes in headers (binary mode), or around the data (structured mode)."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from typing import Any

from schemas.codec import InvalidRecord, shown
from stream.decoders.content import Content
from stream.decoders.text import document_of

# What an attribute says of a document that does not say so itself.
_FIELDS = {"id": "id", "source": "source", "time": "published_at"}
_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"
_STRUCTURED = b"application/cloudevents+json"


class BinaryEventDecoder:
    """Attributes are headers that begin with `ce_`; the value may be of any other format."""

    name = "a CloudEvent in binary mode"

    def accepts(self, content: Content) -> bool:
        return any(name.startswith(_PREFIX) for name, _ in content.headers)

    def decode(self, content: Content) -> Content:
        attributes = (
            (name.removeprefix(_PREFIX), value.decode("utf-8", "replace"))
            for name, value in content.headers
            if name.startswith(_PREFIX) and value is not None
        )
        rest = [(name, value) for name, value in content.headers if not name.startswith(_PREFIX)]
        return content.holding(content.value, headers=rest, defaults=_defaults(attributes))


class StructuredEventDecoder:
    """An object with attributes and `data`, or `data_base64`, which may be of any other format."""

    name = "a CloudEvent in structured mode"

    def accepts(self, content: Content) -> bool:
        if content.has("specversion", "type", "source"):
            return True
        return isinstance(content.value, dict) and _says_structured(content)

    def decode(self, content: Content) -> Content:
        event = content.value
        defaults = {**content.defaults, **_defaults(event.items())}
        # The headers speak of the event, not of what is in it.
        return content.holding(_data(event), headers=(), defaults=defaults)


def _says_structured(content: Content) -> bool:
    return any(
        name.lower() == _CONTENT_TYPE and (value or b"").lower().startswith(_STRUCTURED)
        for name, value in content.headers
    )


def _defaults(attributes: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {
        _FIELDS[name]: value
        for name, value in attributes
        if name in _FIELDS and isinstance(value, str)
    }


def _data(event: dict[str, Any]) -> Any:
    if "data_base64" in event:
        return _from_base64(event["data_base64"])
    if "data" not in event:
        raise InvalidRecord(f"a CloudEvent must have `data` or `data_base64`; it is {shown(event)}")
    data = event["data"]
    return document_of(data) if isinstance(data, str) else data


def _from_base64(data: Any) -> bytes:
    try:
        return b64decode(data, validate=True)
    except (Base64Error, TypeError, ValueError):
        raise InvalidRecord(f"`data_base64` must be Base64; it is {shown(data)}") from None
