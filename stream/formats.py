"""The formats that records are read in by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import ConsumerRecord

from stream.decoders import Formats
from stream.decoders.content import Content
from stream.decoders.registry import SchemaRegistry
from stream.decoders.schema_cache import UnknownSchema
from stream.settings import Settings


@asynccontextmanager
async def open_formats(settings: Settings) -> AsyncIterator[Formats]:
    """The formats of the inputs; their schema registry can be asked while the block runs.

    Raises:
        RegistryUnavailable: the extra that reads Avro is not installed.
    """
    text_topics = frozenset(settings.topics.named(name) for name in settings.text_inputs)
    if settings.schema_registry is None:
        yield Formats(text_topics)
        return
    secret = settings.schema_registry_password
    async with SchemaRegistry(
        settings.schema_registry,
        settings.schema_registry_username,
        secret.get_secret_value() if secret else None,
    ) as registry:
        yield Formats(text_topics, registry)


async def decode_message(formats: Formats, message: ConsumerRecord) -> Content:
    """What a record holds, by schemas that are fetched when they are needed.

    Raises:
        InvalidRecord: it breaks a rule of a format.
        Deletion: it asks for the deletion of a document.
        RegistryUnavailable: the registry does not answer.
    """
    formats.begin()
    while True:
        try:
            return formats.decode(
                message.value, message.headers, topic=message.topic, key=message.key
            )
        except UnknownSchema as error:
            await formats.fetch([error.schema_id])
