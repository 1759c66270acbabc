"""A few records of a Kafka topic, to look at."""

from typing import Any

from schemas.codec import InvalidRecord
from stream.decoders.content import Deletion
from stream.formats import decode_message, open_formats
from stream.kafka import read_to_end
from stream.settings import Settings


async def sample(settings: Settings, topic: str, limit: int) -> tuple[list[Any], list[str]]:
    """What the first `limit` records of `topic` hold, and why others of them cannot be read.

    Raises:
        KafkaUnavailable: no broker answers.
        NothingThere: there is no such Kafka topic.
        RegistryUnavailable: records need a schema, and the registry does not answer.
    """
    values: list[Any] = []
    errors: list[str] = []
    async with open_formats(settings) as formats:
        async for message in read_to_end(settings, topic):
            try:
                values.append((await decode_message(formats, message)).value)
            except (InvalidRecord, Deletion) as error:
                errors.append(str(error))
            if len(values) + len(errors) == limit:
                break
    return values, errors
