"""The Kafka topic that documents are sent to."""

from stream.kafka import Admin, NothingThere, input_config
from stream.settings import Settings


async def find_destination(settings: Settings, topic: str, *, create: bool) -> None:
    """Pass if there is a Kafka topic to send documents to, or it could be created.

    Raises:
        KafkaUnavailable: no broker answers.
        NothingThere: there is none, and `create` is not set: a misspelt name must not make one.
        TopicNotCreated: Kafka refuses to create it.
    """
    async with Admin(settings) as admin:
        if create:
            await admin.ensure({topic: input_config(settings)})
            return
        try:
            await admin.require(topic)
        except NothingThere as error:
            raise NothingThere(
                f"{error} (a worker creates its inputs, --create any other)"
            ) from None
