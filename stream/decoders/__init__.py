"""Input formats: a decoder for each, which takes one format off what a record holds.

To add a format: a module here with a `Decoder`, and its place in `all_decoders`. `Formats` takes a
record out of its formats, one after the other, until a document is left: a change of Debezium in
Kafka Connect's JSON in gzip is read by the three. A record that holds no document, but asks for
the deletion of one, raises `Deletion`.

`registry` fetches the schemas that records name, and `schema_cache` keeps them; `avro` reads by
them. Worker, replay and feed read every value through `Formats`.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from schemas.codec import InvalidRecord, shown
from schemas.deadletter import Headers
from schemas.errors import PetrelError
from stream.decoders.cloud_events import BinaryEventDecoder, StructuredEventDecoder
from stream.decoders.confluent import ConfluentDecoder
from stream.decoders.connect import ConnectDecoder
from stream.decoders.content import Content, Deletion
from stream.decoders.debezium import DebeziumDecoder
from stream.decoders.gzip import GzipDecoder
from stream.decoders.json import JsonDecoder
from stream.decoders.json_string import JsonStringDecoder
from stream.decoders.registry import SchemaRegistry
from stream.decoders.text import TextDecoder
from stream.decoders.unread import UnreadDecoder

# A value that is wrapped in itself over and over must not hold up its batch.
_MAX_LAYERS = 10


class Decoder(Protocol):
    """One input format; `name` is for error messages."""

    name: str

    def accepts(self, content: Content) -> bool:
        """Whether the content is of the format."""
        ...

    def decode(self, content: Content) -> Content:
        """What is in it; may be of another format in its turn.

        Raises:
            InvalidRecord: the content breaks a rule of the format.
            Deletion: it asks for the deletion of a document.
        """
        ...


def all_decoders(text_topics: Collection[str], registry: SchemaRegistry | None) -> list[Decoder]:
    """Every decoder; the first that accepts a content decodes it."""
    return [
        BinaryEventDecoder(),
        GzipDecoder(),
        ConfluentDecoder(registry.cache if registry else None),
        UnreadDecoder(),
        TextDecoder(text_topics),
        # Accepts all bytes: what follows are objects and strings.
        JsonDecoder(),
        JsonStringDecoder(),
        ConnectDecoder(),
        DebeziumDecoder(),
        StructuredEventDecoder(),
    ]


class Formats:
    """The formats that records may come in.

    text_topics: Kafka topics in which what is no JSON is plain text.
    registry: where the schemas of Avro are.
    """

    def __init__(
        self, text_topics: Collection[str] = (), registry: SchemaRegistry | None = None
    ) -> None:
        self._registry = registry
        self._decoders: Sequence[Decoder] = all_decoders(text_topics, registry)

    def begin(self) -> None:
        """Begin a batch: a schema that was missing may be there by now."""
        if self._registry:
            self._registry.cache.tidy()

    async def fetch(self, schema_ids: Collection[int]) -> None:
        """Get the schemas that `UnknownSchema` was raised for.

        Raises:
            RegistryUnavailable: the registry does not answer.
        """
        if self._registry and schema_ids:
            await self._registry.fetch(schema_ids)

    def decode(
        self,
        value: bytes | None,
        headers: Headers = (),
        *,
        topic: str = "",
        key: bytes | None = None,
    ) -> Content:
        """What a record holds: as its value a dict of the fields of a document, if it is one.

        Raises:
            InvalidRecord: it breaks a rule of a format; the message states the rule and the value.
            UnknownSchema: one of these, until its schema is fetched.
            Deletion: the record asks for the deletion of a document.
        """
        if value is None:
            raise Deletion({}, key)
        content = Content(value=value, topic=topic, key=key, headers=headers)
        for _ in range(_MAX_LAYERS):
            decoder = next((one for one in self._decoders if one.accepts(content)), None)
            if decoder is None:
                return content
            content = _decoded(decoder, content)
        raise InvalidRecord(
            f"a document may be in at most {_MAX_LAYERS - 1} formats, one within the other;"
            f" the record begins {shown(value)}"
        )


def _decoded(decoder: Decoder, content: Content) -> Content:
    try:
        return decoder.decode(content)
    except PetrelError:
        raise
    except Exception as error:
        raise InvalidRecord(
            f"not {decoder.name}: {error!r}; it begins {shown(content.value)}"
        ) from error
