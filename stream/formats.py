"""The formats that a worker, or a replay, reads by its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stream.decoders import Formats
from stream.decoders.registry import SchemaRegistry
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
