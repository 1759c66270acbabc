"""Remove what a replay made: its Kafka topics and its Redis keys."""

from collections.abc import Collection

from msgspec import Struct

from schemas.errors import PetrelError
from stream.counting.redis_client import connect, forget
from stream.kafka import Admin
from stream.settings import REPLAY_PREFIX, Settings


class NamespaceError(PetrelError):
    """A namespace that is no replay's; the message states the rule and the value."""


class Removed(Struct, frozen=True):
    """How much was removed."""

    kafka_topics: int
    redis_keys: int


async def clean_up(settings: Settings, namespace: str, kept: Collection[str] = ()) -> Removed:
    """Delete all Kafka topics but the `kept` ones and Redis keys of the replay in `namespace`.

    Raises:
        NamespaceError: `namespace` is no replay's.
        KafkaUnavailable: no broker answers.
    """
    if not namespace.startswith(REPLAY_PREFIX):
        raise NamespaceError(
            f"the namespace of a replay begins with {REPLAY_PREFIX!r}; it is {namespace!r}"
        )
    async with Admin(settings) as admin:
        own = {name for name in await admin.names() if name.startswith(f"{namespace}.")}
        topics = sorted(own.difference(kept))
        if topics:
            await admin.delete(topics)
    async with connect(settings) as redis:
        return Removed(len(topics), await forget(redis, namespace))
