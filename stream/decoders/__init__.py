"""Input formats: a decoder for each, which turns the value of a record into fields.

To add a format: a module here with a `Decoder`, and its entry in `DECODERS`. Worker and replay read
every value through `decode_value`, and feed the id of a line that it sends as it is.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from schemas.codec import InvalidRecord, shown
from schemas.deadletter import Headers
from stream.decoders.json import JsonDecoder


class Decoder(Protocol):
    """One input format; `name` is for error messages."""

    name: str

    def accepts(self, value: bytes, headers: Headers) -> bool:
        """Whether a record with this value and these Kafka headers is of the format."""
        ...

    def decode(self, value: bytes) -> Any:
        """What the value holds: a dict of the fields of `schemas.Document`, if it is a document.

        Raises:
            InvalidRecord: the value breaks a rule of the format.
        """
        ...


# The first that accepts a record decodes it. JSON, which accepts everything, stays the last.
DECODERS: Sequence[Decoder] = (JsonDecoder(),)


def decode_value(value: bytes, headers: Headers = ()) -> Any:
    """What `value` holds, by the first decoder that accepts it.

    Raises:
        InvalidRecord: it breaks a rule of its format; the message states the rule and the value.
    """
    decoder = next(one for one in DECODERS if one.accepts(value, headers))
    try:
        return decoder.decode(value)
    except InvalidRecord:
        raise
    except Exception as error:
        raise InvalidRecord(f"not {decoder.name}: {error!r}; it begins {shown(value)}") from error
